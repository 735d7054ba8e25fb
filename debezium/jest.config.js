module.exports = require('../jest.base')('debezium');

module.exports = require('../jest.base')('query-service');

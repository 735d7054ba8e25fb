module.exports = require('../jest.base')('command-service');

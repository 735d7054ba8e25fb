module.exports = require('../jest.base')('cli');

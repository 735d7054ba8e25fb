module.exports = require('../jest.base')('local');

module.exports = require('../jest.base')('contracts');

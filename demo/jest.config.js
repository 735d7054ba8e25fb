module.exports = require('../jest.base')('demo');

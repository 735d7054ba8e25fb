module.exports = require('../jest.base')('reconcile');

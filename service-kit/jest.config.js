module.exports = require('../jest.base')('service-kit');

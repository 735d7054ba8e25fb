const way = process.env.STACK ?? 'local';
const otherWay = { local: 'compose', compose: 'local' }[way];
if (otherWay === undefined) throw new Error(`STACK is local or compose, not ${way}`);

module.exports = require('../jest.base')('tests', {
  // What only one of the two ways can do says so in its name.
  testPathIgnorePatterns: [`\\.${otherWay}\\.test\\.ts$`],
  globalSetup: '<rootDir>/support/say-which-stack.js',
});

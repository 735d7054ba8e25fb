const way = process.env.STACK ?? 'local';
const otherWay = { local: 'compose', compose: 'local' }[way];
if (otherWay === undefined) throw new Error(`STACK is local or compose, not ${way}`);
const wanted = process.env.TESTS ?? 'ordinary';
if (!['ordinary', 'faults', 'browser'].includes(wanted))
  throw new Error(`TESTS: ordinary, faults or browser, not ${wanted}`);

module.exports = require('../jest.base')('tests', {
  // What only one of the two ways can do says so in its name. Those that break the system again and
  // again, and those that need a browser, are runs of their own: npm run test:faults, npm run test:browser.
  ...(wanted === 'ordinary'
    ? { testPathIgnorePatterns: [`\\.(${otherWay}|faults|browser)\\.test\\.ts$`] }
    : { testMatch: [`<rootDir>/**/*.${wanted}.test.ts`] }),
  globalSetup: '<rootDir>/support/global-setup.js',
  globalTeardown: '<rootDir>/support/global-teardown.ts',
});

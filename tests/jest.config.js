const way = process.env.STACK ?? 'local';
const otherWay = { local: 'compose', compose: 'local' }[way];
if (otherWay === undefined) throw new Error(`STACK is local or compose, not ${way}`);
const wanted = process.env.TESTS ?? 'ordinary';
if (!['ordinary', 'faults'].includes(wanted))
  throw new Error(`TESTS: ordinary or faults, not ${wanted}`);

module.exports = require('../jest.base')('tests', {
  // What only one of the two ways can do says so in its name. Those that break the system again and
  // again are a run of their own: npm run test:faults.
  ...(wanted === 'faults'
    ? { testMatch: ['<rootDir>/**/*.faults.test.ts'] }
    : { testPathIgnorePatterns: [`\\.(${otherWay}|faults)\\.test\\.ts$`] }),
  globalSetup: '<rootDir>/support/say-which-stack.js',
});

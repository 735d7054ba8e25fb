/** Of a test and of a hook: longer than any wait in them, which says what it waited for, on a machine that is slow. */
const testTimeout = 180_000;

/**
 * What every workspace's jest.config.js starts from. Tests run the sources, not dist/.
 *
 * @param {string} name the workspace
 * @param {import('jest').Config} more
 * @returns {import('jest').Config}
 */
module.exports = (name, more = {}) => ({
  displayName: name,
  testMatch: ['<rootDir>/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }],
    // ES modules only: Node.js requires those, jest before Node.js 24.9 does not.
    '/node_modules/jose/.+\\.js$': ['@swc/jest', { jsc: { target: 'es2022' } }],
  },
  transformIgnorePatterns: ['/node_modules/(?!jose/)'],
  moduleNameMapper: {
    '^(contracts|service-kit|kafka-client|local|reconcile)/(.*)$': `${__dirname}/$1/src/$2`,
  },
  testEnvironment: 'node',
  testTimeout,
  ...more,
});

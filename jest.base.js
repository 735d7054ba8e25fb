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
  },
  moduleNameMapper: { '^(contracts|service-kit|local|reconcile)/(.*)$': `${__dirname}/$1/src/$2` },
  testEnvironment: 'node',
  ...more,
});

const { testTimeout } = require('./jest.base')('root');

module.exports = {
  // Jest takes it from here when it runs all, and from the first workspace when it runs some.
  testTimeout,
  projects: [
    'contracts',
    'service-kit',
    'command-service',
    'query-service',
    'reconcile',
    'debezium',
    'local',
    'demo',
    'cli',
    'tests',
  ],
};

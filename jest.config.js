module.exports = {
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

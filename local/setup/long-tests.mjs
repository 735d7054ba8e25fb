/**
 * Test files that take longest, as paths in the checkout: `npm test` leaves them to `npm run test:long`, so that it takes ten
 * minutes on two cores. `.ci/run` runs a third of them each day, and `npm test -w <workspace>` all of the workspace's.
 */
export const longTests = [
  'debezium/test/failover.test.ts',
  'debezium/test/purge-race.test.ts',
  'debezium/test/purge.test.ts',
  'debezium/test/relay.test.ts',
  'debezium/test/unauthorized.test.ts',
  'debezium/test/unsendable.test.ts',
  'local/test/kafka-fence.test.ts',
  'local/test/setup.test.ts',
  'query-service/test/broken-file.test.ts',
  'query-service/test/members-kafka.test.ts',
  'query-service/test/postgres-service.test.ts',
  'query-service/test/rebuild.test.ts',
  'query-service/test/truncated.test.ts',
  'query-service/test/undecodable.test.ts',
  'tests/command-members.local.test.ts',
  'tests/corrections.local.test.ts',
  'tests/ctrl-c.local.test.ts',
  'tests/explain.local.test.ts',
  'tests/guides.local.test.ts',
  'tests/hostile.local.test.ts',
  'tests/members.local.test.ts',
  'tests/power-cut.test.ts',
  'tests/reconcile.local.test.ts',
  'tests/second-system.local.test.ts',
  'tests/secure-start.local.test.ts',
  'tests/secured.local.test.ts',
  'tests/standstill.local.test.ts',
  'tests/supervision.test.ts',
];

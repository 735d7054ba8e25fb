import { readRelayKeeperConfig } from '../src/config';

const logins = { RELAY_DB_PASSWORD: 'x', AUDIT_DB_PASSWORD: 'x', AUTH_MODE: 'none' };

test.each([
  ['TOPIC_PARTITIONS', '0'],
  ['TOPIC_PARTITIONS', '-3'],
  ['TOPIC_PARTITIONS', '2.5'],
  ['TOPIC_REPLICATION', '0'],
  ['RECONCILE_INTERVAL', '-1'],
  // In milliseconds it is more than a timer takes: one that ends at once.
  ['RECONCILE_INTERVAL', '2147484'],
  ['HTTP_MAX_CONNECTIONS', '0'],
  ['HTTP_IDLE_TIMEOUT', '-1'],
])('%s=%s is refused before anything is created by it', (name, value) => {
  expect(() => readRelayKeeperConfig({ ...logins, [name]: value })).toThrow(
    new RegExp(`^configuration: ${name} is invalid: not a whole number, .*"${value}"$`),
  );
});

test('RECONCILE_INTERVAL=0 says that nothing is compared', () => {
  expect(readRelayKeeperConfig({ ...logins, RECONCILE_INTERVAL: '0' }).reconcileInterval).toBe(0);
});

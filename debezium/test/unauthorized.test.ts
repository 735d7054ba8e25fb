import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
} from 'kafkajs';
import { until } from 'local/until';
import { setClockBack } from './support/clock';
import { Relay } from './support/relay';

let relay: Relay;

beforeAll(async () => {
  relay = await Relay.start(
    'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found=true',
  );
  await relay.startKeeper();
  await relay.untilReady(120_000);
  await relay.records.start(['order-events']);
}, 240_000);

afterAll(() => relay.stop());

const orderEvents = {
  resourceType: AclResourceTypes.TOPIC,
  resourceName: 'order-events',
  resourcePatternType: ResourcePatternTypes.LITERAL,
  host: '*',
};
const mayDoAll = {
  ...orderEvents,
  principal: 'User:*',
  operation: AclOperationTypes.ALL,
  permissionType: AclPermissionTypes.ALLOW,
};
/** Without a login, whoever connects is this user. */
const mayNotWrite = {
  ...orderEvents,
  principal: 'User:ANONYMOUS',
  operation: AclOperationTypes.WRITE,
  permissionType: AclPermissionTypes.DENY,
};

test('a topic that the connector may not write is named, with what lets it; then everything arrives', async () => {
  await relay.withAdmin((admin) => admin.createAcls({ acl: [mayDoAll, mayNotWrite] }));
  const refused = await relay.write({ aggregateid: '17' });
  const named =
    /TopicAuthorizationException: Not authorized to access topics: \[order-events\]; .*kafka-acls\.sh .* --topic order-events/;
  // Its task is FAILED when it has stopped. For that it reads its offsets, behind its own transaction, until that times out.
  await relay.untilNotReady(named, 10_000);
  // The task is started again and fails again, also when the keeper's clock is set back; it is told in between, too.
  const { restarts } = await relay.health();
  const told: boolean[] = [];
  const setRight = setClockBack();
  await until(async () => {
    const health = await relay.health();
    told.push(health.reasons.some((reason) => named.test(reason)));
    expect(health.restarts).toBeGreaterThan(restarts + 1);
  }, 60_000).finally(setRight);
  expect(told).not.toContain(false);
  expect(relay.records.times([refused])).toEqual([0]);

  await relay.withAdmin((admin) => admin.deleteAcls({ filters: [mayNotWrite] }));
  await relay.records.arrival(refused, 90_000);
  await relay.untilReady(90_000);
});

import { nameCommandsFor } from 'contracts/commands';
import { obstacleOf, unsendableSentence } from '../src/unsendable/reason';

afterEach(() => nameCommandsFor('npm'));
const topics = new Map([['order-events', 2_000]]);
const row = { id: 'x', aggregate: 'order:17@1', topic: 'order-events', event: {} };
const told = (bytes: number) => {
  const obstacle = obstacleOf({ ...row, bytes }, topics);
  return obstacle === null ? null : unsendableSentence({ ...row, ...obstacle });
};

test('a record that its topic alone refuses: first what lets it through, then how to go on without it', () => {
  expect(told(2_000)).toBeNull();
  expect(told(2_001)).toMatch(
    /: its record has 2001 bytes, more than the 2000 .* To let it through: kafka-configs\.sh .* --entity-name order-events --add-config max\.message\.bytes=1048576\. To go on without it: npm run relay -- skip x /,
  );
  nameCommandsFor('compose');
  expect(told(2_001)).toMatch(/through: docker compose exec kafka \S+\/kafka-configs\.sh /);
});

test('a record beyond what the connector sends: no limit of a topic lets it through', () => {
  expect(told(1_100_000)).toMatch(/more than 1048576\. To go on without it: /);
});

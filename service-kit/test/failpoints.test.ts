import { armFailpoints, disarmFailpoints, failpoint } from '../src/failpoints';

afterEach(disarmFailpoints);

test('a point that is not armed does nothing, and makes no promise', () => {
  expect(failpoint('here')).toBeUndefined();
  armFailpoints('elsewhere=throw');
  expect(failpoint('here')).toBeUndefined();
});

test('an armed point fails or stalls', async () => {
  armFailpoints('here=throw,there=delay:20');
  await expect(failpoint('here')).rejects.toThrow('failpoint here');
  const started = performance.now();
  await failpoint('there');
  expect(performance.now() - started).toBeGreaterThan(15);
});

test('a stall ends when it is disarmed', async () => {
  armFailpoints('there=delay:600000');
  const stalled = failpoint('there');
  disarmFailpoints();
  await stalled;
  expect(failpoint('there')).toBeUndefined();
});

test('a point that is armed for its third pass lets two go by', async () => {
  armFailpoints('here=throw@3');
  expect(failpoint('here')).toBeUndefined();
  expect(failpoint('here')).toBeUndefined();
  await expect(failpoint('here')).rejects.toThrow('failpoint here');
});

test.each(['explode', 'kill@0', 'delay', 'throw@'])(
  'an unknown action is refused: %s',
  (action) => {
    expect(() => armFailpoints(`here=${action}`)).toThrow(`unknown action "${action}"`);
  },
);

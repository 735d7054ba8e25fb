import { armFailpoints, disarmFailpoints, failpoint } from '../src/failpoints';

afterEach(disarmFailpoints);

test('a point that is not armed does nothing', async () => {
  armFailpoints('elsewhere=throw');
  await expect(failpoint('here')).resolves.toBeUndefined();
});

test('an armed point fails or stalls', async () => {
  armFailpoints('here=throw,there=delay:20');
  await expect(failpoint('here')).rejects.toThrow('failpoint here');
  const started = performance.now();
  await failpoint('there');
  expect(performance.now() - started).toBeGreaterThan(15);
});

test('an unknown action is refused', () => {
  expect(() => armFailpoints('here=explode')).toThrow(/unknown action "explode"/);
});

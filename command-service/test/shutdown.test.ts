import { until } from 'local/until';
import { armFailpoints, disarmFailpoints } from 'service-kit/failpoints';
import { startTestService, type TestService } from './support/service';

let stack: TestService;
beforeAll(async () => {
  stack = await startTestService();
});
afterAll(() => stack.postgres.stop());

const connections = (state: string) =>
  stack.query(
    `SELECT FROM pg_stat_activity
     WHERE application_name = 'command-service' AND state LIKE '${state}'`,
  );

test('a stopped service finishes the accepted request, takes no new one, and closes its connections', async () => {
  armFailpoints('append-event=delay:60000');
  const accepted = stack.http.post('/api/products', { name: 'A', category: 'B', price: 1 });
  await until(async () => {
    expect(await connections('idle in transaction')).toHaveLength(1);
  }, 60_000);

  const stopped = stack.service.stop();
  await expect(stack.http.get('/health/live')).rejects.toThrow();
  disarmFailpoints();
  expect((await accepted).status).toBe(201);
  await stopped;

  expect(await stack.query('SELECT FROM outbox')).toHaveLength(1);
  await until(async () => expect(await connections('%')).toHaveLength(0), 60_000);
});

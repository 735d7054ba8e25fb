import { query } from 'local/query';
import { serviceRole, useTestService } from './support/service';

const stack = useTestService();

const begin = () => stack.query("SELECT * FROM begin_history('restored', 1000)");

test('while commands flow, every outbox row gets the new source id, and ids are left out', async () => {
  const created: number[] = [];
  let begun = false;
  const client = async (): Promise<void> => {
    while (!begun || created.length < 60) {
      const product = { name: 'Laptop', category: 'Electronics', price: 0.07 };
      const { status, body } = await stack.http.post('/api/products', product);
      if (status === 201) created.push((body as { id: number }).id);
    }
  };
  const clients = [client(), client(), client(), client()];
  await begin();
  begun = true;
  await Promise.all(clients);

  const foreign = 'SELECT id FROM outbox WHERE sourceid <> (SELECT source_id FROM source)';
  expect(await stack.query(foreign)).toEqual([]);
  expect(await stack.query('SELECT FROM outbox')).toHaveLength(created.length);
  expect(Math.max(...created)).toBeGreaterThan(1000);
  expect(await stack.query('SELECT reason FROM source_history')).toEqual([{ reason: 'restored' }]);
});

test('the role of the service may not do it', async () => {
  const login = {
    ...stack.postgres,
    user: serviceRole.SERVICE_DB_USER,
    password: serviceRole.SERVICE_DB_PASSWORD,
  };
  await expect(query(login, "SELECT begin_history('no', 0)")).rejects.toThrow(/permission denied/);
  await expect(query(login, 'UPDATE source SET source_id = gen_random_uuid()')).rejects.toThrow(
    /permission denied/,
  );
});

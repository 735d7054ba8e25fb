import { createClient, type Login } from 'service-kit/postgres';

/** Runs one statement on a connection of its own: for tests and tools that look at a database. */
export async function query<Row>(
  { host, port, database, user, password, ssl }: Login,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = createClient(
    { host, port, database, user, password, ...(ssl !== undefined && { ssl }) },
    { applicationName: 'local', connectTimeoutMs: 10_000 },
  );
  await client.connect();
  try {
    return (await client.query(text, values)).rows as Row[];
  } finally {
    await client.end();
  }
}

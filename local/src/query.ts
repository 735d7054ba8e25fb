import { Client, type ClientConfig } from 'pg';

/** Runs one statement on a connection of its own: for tests and tools that look at a database. */
export async function query<Row>(
  { host, port, database, user, password }: ClientConfig,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ host, port, database, user, password });
  await client.connect();
  try {
    return (await client.query(text, values)).rows as Row[];
  } finally {
    await client.end();
  }
}

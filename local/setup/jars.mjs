import { fail } from './fail.mjs';

/** Fetches Kafka, Connect and Debezium unless they are there. Only after the build: it uses it. */
export async function resolveJars() {
  const { ensureJars } = await import('../dist/jars.js');
  await ensureJars().catch((error) => fail(error.message));
}

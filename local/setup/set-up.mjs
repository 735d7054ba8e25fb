import { build } from './build.mjs';
import { installDependencies } from './dependencies.mjs';
import { fail } from './fail.mjs';
import { checkJava } from './java-version.mjs';

/** Makes ready what tests and benchmarks start: packages, our programs, Kafka and Connect. */
export async function setUp() {
  checkJava();
  installDependencies();
  build();
  await resolveJars();
}

/** Fetches Kafka, Connect and Debezium unless they are there. Only after the build: it uses it. */
export async function resolveJars() {
  const { ensureJars } = await import('../dist/jars.js');
  await ensureJars().catch((error) => fail(error.message));
}

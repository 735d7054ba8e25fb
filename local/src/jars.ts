import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { StartError } from './errors';
import { mavenCommand } from './maven';
import { jarsDirectory } from './paths';
import { runToEnd } from './process';

const pom = join(__dirname, '..', 'pom.xml');
const stamp = join(jarsDirectory, 'pom.sha256');

/** Whether the jars of the present pom.xml are there. */
export function jarsAreCurrent(): boolean {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted();
}

/**
 * Resolves what pom.xml names into .local/jars: `libs/*.jar` and the unpacked plugin in `plugins/`.
 * Does nothing when that is there. Two processes may do it at once: each fills a folder of its own
 * and the rename decides.
 *
 * @throws {StartError} when Maven fails (no network, no Maven, a wrong version), naming its log
 */
export async function ensureJars(): Promise<void> {
  if (jarsAreCurrent()) return;
  const parent = dirname(jarsDirectory);
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const logFile = join(parent, 'maven.log');
  const target = mkdtempSync(join(parent, 'jars-'));
  try {
    const maven = mavenCommand();
    const args = [...maven.args, '-B', '-f', pom, `-Dtarget=${target}`, 'package'];
    writeFileSync(logFile, '');
    await runToEnd({ ...maven, args }, logFile);
    writeFileSync(join(target, 'pom.sha256'), wanted());
    publish(target);
  } catch (error) {
    const what = `the download of the Kafka and Debezium jars failed; ${logFile} says why`;
    throw new StartError(what, { cause: error });
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

function publish(target: string): void {
  rmSync(jarsDirectory, { recursive: true, force: true });
  try {
    renameSync(target, jarsDirectory);
  } catch (error) {
    // Another process was faster: its jars are as good.
    if (!jarsAreCurrent()) throw error;
  }
}

function wanted(): string {
  return createHash('sha256').update(readFileSync(pom)).digest('hex');
}

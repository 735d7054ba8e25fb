import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mavenCommand } from './maven';
import { jarsDirectory } from './paths';
import { runToEnd } from './process';

const pom = join(__dirname, '..', 'pom.xml');
const stamp = join(jarsDirectory, 'pom.sha256');

/** Whether the jars of the present pom.xml are there. */
export function jarsAreCurrent(): boolean {
  return read(stamp) === wanted();
}

/**
 * Resolves what pom.xml names into .local/jars: `libs/*.jar` and the unpacked plugin in `plugins/`.
 * Does nothing when that is there. Two processes may do it at once: each fills a folder of its own
 * and the rename decides.
 *
 * @throws when Maven fails, naming its log
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
    throw new DownloadError(logFile, error as Error);
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

/** The jars could not be had: no network, no Maven, a wrong version. */
export class DownloadError extends Error {
  override name = 'DownloadError';
  constructor(logFile: string, cause: Error) {
    super(`the download of the Kafka and Debezium jars failed; ${logFile} says why`, { cause });
  }
}

function publish(target: string): void {
  const old = `${target}-old`;
  try {
    renameSync(jarsDirectory, old);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  try {
    renameSync(target, jarsDirectory);
  } catch (error) {
    // Another process was faster between the two renames: its jars are as good.
    if (!jarsAreCurrent()) throw error;
  }
  rmSync(old, { recursive: true, force: true });
}

function wanted(): string {
  return createHash('sha256').update(readFileSync(pom)).digest('hex');
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

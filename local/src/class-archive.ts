import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { jarsDirectory } from './paths';

/**
 * The options by which a JVM starts from an archive of its loaded classes (class data sharing), or
 * writes that archive when it is stopped in order. Measured on 2 cores: the broker starts in 1.8 s
 * instead of 3.2 s; its first stop takes 4 s longer. The archive lies among the jars, so that new
 * jars come without one; a JVM that cannot use it says so in its log and starts without.
 */
export function classArchiveOptions(main: string, make: boolean): string[] {
  const archive = join(jarsDirectory, `${main}.jsa`);
  if (isComplete(archive)) return [`-XX:SharedArchiveFile=${archive}`];
  return make ? [`-XX:ArchiveClassesAtExit=${archive}`] : [];
}

/** The JVM writes the header last: a file that begins with zeros was cut short. */
function isComplete(archive: string): boolean {
  const magic = Buffer.alloc(4);
  try {
    const file = openSync(archive, 'r');
    readSync(file, magic);
    closeSync(file);
  } catch {
    return false;
  }
  return magic.some((byte) => byte !== 0);
}

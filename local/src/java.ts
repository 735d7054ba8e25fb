import { join } from 'node:path';
import { classArchiveOptions } from './class-archive';
import { javaExecutable } from './config';
import { jarsDirectory } from './paths';
import type { Command } from './process';

export interface JavaProgram {
  main: string;
  args: readonly string[];
  /** MiB */
  heap: number;
  /** Whether its first ordered stop writes an archive of its classes; default true. */
  makeClassArchive?: boolean;
}

/**
 * How to run a class of the resolved jars.
 * The serial collector and the first compiler tier start a JVM with least CPU time: on a developer's
 * machine that matters more than peak throughput.
 */
export function java({ main, args, heap, makeClassArchive = true }: JavaProgram): Command {
  return {
    file: javaExecutable(),
    args: [
      `-Xmx${heap}m`,
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-Xshare:auto',
      '-Djava.awt.headless=true',
      `-Dlog4j2.configurationFile=${join(__dirname, '..', 'log4j2.properties')}`,
      ...classArchiveOptions(main, makeClassArchive),
      '-cp',
      join(jarsDirectory, 'libs', '*'),
      main,
      ...args,
    ],
  };
}

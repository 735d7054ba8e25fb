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
  /**
   * Whether it is compiled for long runs, as it runs: twice as fast in the end, after a minute of work for it.
   * Otherwise it is up with least CPU time.
   */
  isForThroughput?: boolean;
  /** Java's system properties. */
  properties?: Readonly<Record<string, string>>;
  /** Whether its first ordered stop writes an archive of its classes; default true. */
  makeClassArchive?: boolean;
}

/** How to run a class of the resolved jars. On few cores, the serial collector takes least of them. */
export function java(program: JavaProgram): Command {
  const {
    main,
    args,
    heap,
    isForThroughput = false,
    properties = {},
    makeClassArchive = true,
  } = program;
  return {
    file: javaExecutable(),
    args: [
      `-Xmx${heap}m`,
      '-XX:+UseSerialGC',
      // What is read and thrown away again shall not outlive the young generation.
      ...(isForThroughput ? [`-Xmn${Math.floor(heap / 2.5)}m`] : ['-XX:TieredStopAtLevel=1']),
      '-Xshare:auto',
      '-Djava.awt.headless=true',
      `-Dlog4j2.configurationFile=${join(__dirname, '..', 'log4j2.properties')}`,
      ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
      ...classArchiveOptions(main, makeClassArchive),
      '-cp',
      join(jarsDirectory, 'libs', '*'),
      main,
      ...args,
    ],
  };
}

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault, Injected, Scene } from '../fault';

/** What SQLite says about a full disk (ENOSPC), and about a file that must not grow (EFBIG). */
const complaint = /database or disk is full|SQLITE_FULL|disk I\/O error|SQLITE_IOERR|ENOSPC|EFBIG/;

export const diskFaults: Fault[] = [
  {
    name: 'disk: full under the views',
    only: 'sqlite',
    disturbs: ['query-service'],
    // Only an event that comes makes it write.
    needs: ['command-service', 'postgres', 'connector', 'connect', 'kafka'],
    inject: (scene) =>
      Promise.resolve(scene.system.disk === null ? noFileGrows(scene) : full(scene)),
  },
];

function full({ system }: Scene): Injected {
  const { disk } = system;
  if (disk === null) throw new Error('no disk of its own');
  const complained = complaintsOf(system.stack.folder);
  disk.fill();
  return {
    happened: () => `not one block is free; the query service: ${complained()}`,
    end: () => disk.empty(),
  };
}

/** Where nothing can be mounted: no file of that process may grow beyond what it has. */
function noFileGrows({ system: { stack } }: Scene): Injected {
  const complained = complaintsOf(stack.folder);
  const limit = (size: string): void => {
    const pid = stack.runningPid('query-service');
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${size}`]);
  };
  limit('4096:');
  return {
    happened: () => `no file may grow; the query service: ${complained()}`,
    end: () => limit('unlimited:'),
  };
}

/** @returns what the service has logged about it since; throws when nothing */
function complaintsOf(folder: string): () => string {
  const log = join(folder, 'logs', 'query-service.log');
  const before = readFileSync(log, 'utf8').length;
  return () => {
    const said = complaint.exec(readFileSync(log, 'utf8').slice(before))?.[0];
    if (said === undefined) throw new Error('the query service has not noticed');
    return said;
  };
}

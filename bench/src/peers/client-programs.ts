import { spawnSync } from 'node:child_process';
import { baseEnvironment } from '../config';
import type { System } from '../system/system';

/**
 * One of PostgreSQL's client programs. The server that comes by npm has none of them, so it is the machine's.
 *
 * @throws naming what is to be installed when the machine has none
 */
export function requireProgram(name: 'pgbench' | 'pg_recvlogical'): string {
  const { error, stdout } = spawnSync(name, ['--version'], { encoding: 'utf8' });
  if (error === undefined) return stdout.trim();
  const debian = name === 'pgbench' ? 'postgresql-contrib' : 'postgresql-client';
  throw new Error(`${name} is needed: install PostgreSQL's client programs (Debian: ${debian})`);
}

/** How such a program finds the database of a system. */
export function connectionVariables({ database }: System): NodeJS.ProcessEnv {
  return {
    ...baseEnvironment(),
    PGHOST: database.host,
    PGPORT: String(database.port),
    PGDATABASE: database.database,
    PGUSER: database.user,
    PGPASSWORD: database.password,
  };
}

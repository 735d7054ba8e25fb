import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binaries, ensureDatabase } from 'local/parts/postgres';
import {
  ownedFolder,
  postgresOwner,
  reachableBinaries,
  removeOwnedFolder,
} from 'local/parts/postgres-owner';
import { freePorts } from 'local/ports';
import { type Owner, runToEnd, startProcess } from 'local/process';
import type { TemporaryPostgres } from '../../../local/test/support/temporary';
import { until } from 'local/until';

/** Where Debian puts the binaries of a major version. */
const debian = (version: number): string => `/usr/lib/postgresql/${version}/bin`;

/** What `npm start` brings, or the operating system's. */
function binariesOf(version: number, owner: Owner | undefined): string {
  if (version !== 17) return debian(version);
  const packaged = binaries();
  return join(reachableBinaries(packaged.folder, packaged.version, owner), 'bin');
}

export const isInstalled = (version: number): boolean =>
  version === 17 || existsSync(debian(version));

/** A server of this major version that lets everybody in to every database, as its superuser's login. */
export async function startPostgresOf(
  version: number,
): Promise<Omit<TemporaryPostgres, 'data' | 'kill' | 'restart'>> {
  const owner = postgresOwner();
  const folderOfBinaries = binariesOf(version, owner);
  const folder = mkdtempSync(join(tmpdir(), `outbox-analytics-postgres-${version}-`));
  const data = ownedFolder(join(folder, 'data'), owner);
  const log = join(folder, 'log');
  const [port] = (await freePorts(1)) as [number];
  const user = 'analytics';
  await runToEnd(
    {
      file: join(folderOfBinaries, 'initdb'),
      args: [
        '-D',
        join(data, 'cluster'),
        '-U',
        user,
        '--auth=trust',
        '--no-sync',
        '-E',
        'UTF8',
        '--no-locale',
      ],
      ...(owner && { owner }),
    },
    log,
  );
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories='];
  settings.push('wal_level=logical', 'fsync=off');
  const args = ['-D', join(data, 'cluster'), ...settings.flatMap((one) => ['-c', one])];
  const server = await startProcess(
    { file: join(folderOfBinaries, 'postgres'), args, ...(owner && { owner }) },
    log,
  );
  const login = { port, user, password: 'analytics', database: 'postgres' };
  const stop = async (): Promise<void> => {
    server.signal('SIGQUIT');
    await server.exited;
    removeOwnedFolder(join(folder, 'data'));
    removeOwnedFolder(folder);
  };
  try {
    await until(() => ensureDatabase(login), 60_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return { host: '127.0.0.1', ...login, stop };
}

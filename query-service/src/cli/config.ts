import { userInfo } from 'node:os';
import { port, str } from 'envalid';
import { nameCommandsFor, type RunBy, runBys } from 'contracts/commands';
import { adminHeadersOf, adminTokenSpecs } from 'service-kit/admin-token';
import { readEnvironment } from 'service-kit/environment';
import { AdminClient } from './client';

/** The variables of the commands that ask the query service. */
export const operatorSpecs = {
  ...adminTokenSpecs,
  QUERY_ADMIN_URL: str({ default: '', desc: "URL of the query service's admin listener" }),
  QUERY_ADMIN_PORT: port({ default: 9081, desc: 'its port, when it is on this machine' }),
  RUN_BY: str<RunBy>({ choices: runBys, default: 'npm', desc: 'how the system is run' }),
};

/** What a command needs to call the query service's admin listener. */
export interface Cli {
  readonly client: AdminClient;
  /** The operator's name on this machine. */
  readonly by: string;
}

/** @throws {ConfigurationError} naming a bad variable */
export function adminCli(): Cli {
  const env = readEnvironment(operatorSpecs, process.env);
  nameCommandsFor(env.RUN_BY);
  const url = (env.QUERY_ADMIN_URL || `http://127.0.0.1:${env.QUERY_ADMIN_PORT}`).replace(
    /\/$/,
    '',
  );
  return { client: new AdminClient(url, adminHeadersOf(env)), by: operator() };
}

/** The name on this machine; a container's user may have none. */
function operator(): string {
  try {
    return userInfo().username;
  } catch {
    return 'operator';
  }
}

import { userInfo } from 'node:os';
import { port, str } from 'envalid';
import { type RunBy, runBys } from 'contracts/commands';
import { type AdminHeaders, adminHeadersOf, adminTokenSpecs } from 'service-kit/admin-token';
import { readEnvironment } from 'service-kit/environment';

/** The variables of the commands that ask the query service. */
export const operatorSpecs = {
  ...adminTokenSpecs,
  QUERY_ADMIN_URL: str({ default: '', desc: "URL of the query service's admin listener" }),
  QUERY_ADMIN_PORT: port({ default: 9081, desc: 'its port, when it is on this machine' }),
  RUN_BY: str<RunBy>({ choices: runBys, default: 'npm', desc: 'how the system is run' }),
};

/**
 * The URL of the query service's admin listener, and the operator's name.
 *
 * @throws {ConfigurationError} naming a bad variable
 */
export function readCliConfig(): {
  adminUrl: string;
  headers: AdminHeaders;
  by: string;
  runBy: RunBy;
} {
  const env = readEnvironment(operatorSpecs, process.env);
  const local = `http://127.0.0.1:${env.QUERY_ADMIN_PORT}`;
  return {
    adminUrl: (env.QUERY_ADMIN_URL || local).replace(/\/$/, ''),
    headers: adminHeadersOf(env),
    by: operator(),
    runBy: env.RUN_BY,
  };
}

/** The name on this machine; a container's user may have none. */
function operator(): string {
  try {
    return userInfo().username;
  } catch {
    return 'operator';
  }
}

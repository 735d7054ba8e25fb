import { nameCommandsFor } from 'contracts/commands';
import { AdminClient } from './client';
import { readCliConfig } from './config';

/** What a command needs to call the query service's admin listener. */
export interface Cli {
  readonly client: AdminClient;
  /** The operator's name on this machine. */
  readonly by: string;
}

/** @throws {ConfigurationError} naming a bad variable */
export function adminCli(): Cli {
  const { adminUrl, headers, by, runBy } = readCliConfig();
  nameCommandsFor(runBy);
  return { client: new AdminClient(adminUrl, headers), by };
}

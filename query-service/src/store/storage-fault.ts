import { commandOf } from 'contracts/commands';

/**
 * The database file cannot be relied on: it is missing, replaced or damaged. Consumption halts, the process stays up
 * and says so; it recreates nothing until an operator decides.
 */
export class StorageFault extends Error {
  override name = 'StorageFault';

  /** @param what completes the sentence that begins with the file's name */
  constructor(
    readonly file: string,
    what: string,
    options?: ErrorOptions,
  ) {
    const rebuild = commandOf({ script: 'consumption', args: ['rebuild'] });
    super(`the database file ${file} ${what}: run \`${rebuild}\``, options);
  }
}

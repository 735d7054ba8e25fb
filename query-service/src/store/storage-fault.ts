/**
 * The database file cannot be relied on: it is gone, another one, or damaged. Consumption halts, the
 * process stays up and says so; nothing is made anew without an operator's word.
 */
export class StorageFault extends Error {
  override name = 'StorageFault';

  /** @param what completes the sentence that begins with the file's name */
  constructor(
    readonly file: string,
    what: string,
    options?: ErrorOptions,
  ) {
    super(`the database file ${file} ${what}: run \`npm run consumption -- rebuild\``, options);
  }
}

/** The error as a fault when it says that the file is damaged, else the error itself. */
export function orStorageFault(error: Error, file: string): Error {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'SQLITE_CORRUPT' || code === 'SQLITE_NOTADB'
    ? new StorageFault(file, `is damaged (${error.message})`, { cause: error })
    : error;
}

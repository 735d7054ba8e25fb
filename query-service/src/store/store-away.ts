/** What keeps the views does not answer. Nothing is wrong with them, and it comes back. */
export class StoreAway extends Error {
  override name = 'StoreAway';

  constructor(cause: unknown) {
    super(`the views' database does not answer (${(cause as Error).message})`, { cause });
  }
}

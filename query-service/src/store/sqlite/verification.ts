import { readIfThere, writeWhole } from './small-file';
import { rm } from 'node:fs/promises';

/** Why views may lack events, and since when. */
export interface Doubt {
  /** ISO-8601 UTC; no two doubts have the same. */
  readonly since: string;
  /** What happened, for people. */
  readonly because: string;
}

/**
 * Whether the views may lack what no reader of the topics can know of: a topic that was created anew tells nobody
 * what the one before held that was never read. Only a comparison with PostgreSQL ends such a doubt.
 *
 * It stands in a file beside the database files, because it outlives them: what is filled from the same topics lacks
 * the same events.
 */
export class Verification {
  #doubt: Doubt | null;

  private constructor(
    private readonly file: string,
    doubt: Doubt | null,
  ) {
    this.#doubt = doubt;
  }

  static async read(file: string): Promise<Verification> {
    const text = await readIfThere(file);
    return new Verification(file, text === null ? null : parse(text));
  }

  /** Null: nothing is in doubt. */
  get doubt(): Doubt | null {
    return this.#doubt;
  }

  /** From here on the views are in doubt, for this reason and until a later comparison. */
  async begin(because: string): Promise<void> {
    const before = Date.parse(this.#doubt?.since ?? '') || 0;
    const doubt = { since: new Date(Math.max(Date.now(), before + 1)).toISOString(), because };
    await writeWhole(this.file, `${JSON.stringify(doubt, null, 2)}\n`);
    this.#doubt = doubt;
  }

  /** A comparison that began later has found everything equal. */
  async end(): Promise<void> {
    await rm(this.file, { force: true });
    this.#doubt = null;
  }
}

/** A file that cannot be read is a doubt all the same. */
function parse(text: string): Doubt {
  try {
    return JSON.parse(text) as Doubt;
  } catch {
    return { since: new Date().toISOString(), because: 'the note why cannot be read' };
  }
}

import { rm } from 'node:fs/promises';
import { type Doubt, doubtAfter, type Verification } from '../verification';
import { readIfThere, writeWhole } from './small-file';

/** Stores the doubt in a separate file beside the database files, because it outlives them. */
export class VerificationFile implements Verification {
  #doubt: Doubt | null;

  private constructor(
    private readonly file: string,
    doubt: Doubt | null,
  ) {
    this.#doubt = doubt;
  }

  static async read(file: string): Promise<VerificationFile> {
    const text = await readIfThere(file);
    return new VerificationFile(file, text === null ? null : parse(text));
  }

  get doubt(): Doubt | null {
    return this.#doubt;
  }

  async begin(because: string): Promise<void> {
    const doubt = doubtAfter(this.#doubt?.since, because);
    await writeWhole(this.file, `${JSON.stringify(doubt, null, 2)}\n`);
    this.#doubt = doubt;
  }

  async end(doubt: Doubt): Promise<boolean> {
    if (doubt.since !== this.#doubt?.since) return false;
    await rm(this.file, { force: true });
    this.#doubt = null;
    return true;
  }
}

/** An unreadable file counts as a doubt, too. */
function parse(text: string): Doubt {
  try {
    return JSON.parse(text) as Doubt;
  } catch {
    return { since: new Date().toISOString(), because: 'the note why cannot be read' };
  }
}

import type { Sql } from 'service-kit/sql';
import { type Doubt, doubtAfter, type Verification } from '../verification';
import type { Database } from './database';

/** The doubt in a table that members share. What one of them notes, the others tell as soon as they have looked. */
export class SharedVerification implements Verification {
  #doubt: Doubt | null = null;

  private constructor(private readonly database: Database) {}

  static async read(database: Database): Promise<SharedVerification> {
    const verification = new SharedVerification(database);
    await verification.look();
    return verification;
  }

  get doubt(): Doubt | null {
    return this.#doubt;
  }

  async look(): Promise<void> {
    this.#doubt = await readDoubt(this.database.sql);
  }

  async begin(because: string): Promise<void> {
    this.#doubt = await this.database.transaction(async (sql) => {
      await sql({ name: 'lock-doubt', text: 'LOCK TABLE doubt IN EXCLUSIVE MODE' });
      const doubt = doubtAfter((await readDoubt(sql))?.since, because);
      await sql({
        name: 'begin-doubt',
        text: `INSERT INTO doubt (since, because) VALUES ($1, $2)
               ON CONFLICT (id) DO UPDATE SET since = excluded.since, because = excluded.because`,
        values: [doubt.since, doubt.because],
      });
      return doubt;
    });
  }

  async end({ since }: Doubt): Promise<boolean> {
    const ended = await this.database.sql({
      name: 'end-doubt',
      text: 'DELETE FROM doubt WHERE since = $1 RETURNING 1',
      values: [since],
    });
    await this.look();
    return ended.length > 0;
  }
}

async function readDoubt(sql: Sql): Promise<Doubt | null> {
  const [doubt] = await sql<Doubt>({
    name: 'read-doubt',
    text: 'SELECT since, because FROM doubt',
  });
  return doubt ?? null;
}

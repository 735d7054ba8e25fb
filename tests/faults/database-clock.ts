import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Steps are of whole hours: so it can be told in which state of the clock an instant was read. */
const hourMs = 3_600_000;
/** Answers tell the instant of the last watermark: until the first one behind a step has come, one from before it. */
const graceMs = 20_000;
/** What two processes that read one clock may differ by. */
const hairMs = 1_000;

/** PostgreSQL's wall clock, which a test can move while it runs. Needs a C compiler, `cc`, and glibc. */
export class DatabaseClock {
  private shiftMs = 0;
  private stepped = -Infinity;

  private constructor(
    private readonly file: string,
    /** For PostgreSQL. */
    readonly environment: Readonly<Record<string, string>>,
  ) {}

  /** @param folder gets what PostgreSQL preloads, and is opened to its user */
  static make(folder: string): DatabaseClock {
    const library = join(folder, 'clock.so');
    const file = join(folder, 'clock-postgres');
    const source = join(__dirname, 'clock.c');
    execFileSync('cc', ['-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-o', library, source]);
    writeFileSync(file, Buffer.alloc(8));
    chmodSync(folder, 0o755);
    return new DatabaseClock(file, { LD_PRELOAD: library, FAULT_CLOCK_FILE: file });
  }

  /** Its clock is off by so many hours from now on; 0: right again. */
  shift(hours: number): void {
    this.shiftMs = hours * hourMs;
    this.stepped = performance.now();
    const shiftUs = Buffer.alloc(8);
    shiftUs.writeBigInt64LE(BigInt(this.shiftMs) * 1000n);
    // In its place: PostgreSQL's processes have the file in their memory.
    const file = openSync(this.file, 'r+');
    try {
      writeSync(file, shiftUs);
    } finally {
      closeSync(file);
    }
  }

  /** Whether an answer may still say that it includes everything committed before this instant of PostgreSQL's. */
  mayBeTold(instant: number): boolean {
    const isReached = instant <= Date.now() + this.shiftMs + hairMs;
    return isReached || performance.now() - this.stepped < graceMs;
  }

  /** What the clock of this process showed when PostgreSQL's showed that instant. */
  inOurTime(instant: number): number {
    return instant - Math.round((instant - Date.now()) / hourMs) * hourMs;
  }
}

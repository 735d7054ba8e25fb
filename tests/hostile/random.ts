import { seeded } from 'local/seeded';

/** Choices that look random and are the same for the same seed. */
export class Random {
  /** An integer from 0, less than this. */
  readonly below: (limit: number) => number;

  constructor(seed: number) {
    this.below = seeded(seed);
  }

  of<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choices.length === 0) throw new Error('nothing to choose from');
    return choice as T;
  }

  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.below(256)));
  }

  /** Letters and digits, at least one. */
  text(length: number): string {
    return Array.from({ length }, () => this.below(36).toString(36)).join('');
  }
}

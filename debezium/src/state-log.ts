import type { Logger } from 'service-kit/logger';

/** Logs a state when it begins and when it ends, however often it is reported in between. */
export class StateLog {
  private current = new Map<string, Set<string>>();

  constructor(private readonly logger: Logger) {}

  /**
   * @param subject what the sentences are about
   * @param sentences all its present faults; those of the last report that are missing now have ended
   */
  report(subject: string, sentences: readonly string[]): void {
    const before = this.current.get(subject) ?? new Set();
    const now = new Set(sentences);
    for (const sentence of now) if (!before.has(sentence)) this.logger.warn(sentence);
    for (const sentence of before) if (!now.has(sentence)) this.logger.info(`over: ${sentence}`);
    this.current.set(subject, now);
  }
}

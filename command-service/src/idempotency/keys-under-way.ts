import type { KeyedRequest } from './keyed-request';
import { underWay } from './once';

/**
 * The keys of this process whose requests are under way. PostgreSQL's lock on a key keeps two transactions apart, and
 * not two requests of one: a statement with both of them would fail.
 */
export class KeysUnderWay {
  private readonly keys = new Set<string>();

  /**
   * Runs a command when no other of its key runs here.
   *
   * @throws {Problem} 409 when one does
   */
  async run<T>(request: KeyedRequest | undefined, command: () => Promise<T>): Promise<T> {
    if (request === undefined) return command();
    const key = `${request.route} ${request.key}`;
    if (this.keys.has(key)) throw underWay(request);
    this.keys.add(key);
    try {
      return await command();
    } finally {
      this.keys.delete(key);
    }
  }
}

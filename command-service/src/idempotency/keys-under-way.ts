import type { KeyedRequest } from './keyed-request';
import { underWay } from './once';

/**
 * The keys whose requests this process is working on. PostgreSQL's lock on a key excludes other transactions only: two
 * requests with the same key in one group would make its statement fail.
 */
export class KeysUnderWay {
  private readonly keys = new Set<string>();

  /**
   * Runs a command unless another request with its key is running in this process.
   *
   * @throws {Problem} 409 when one is
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

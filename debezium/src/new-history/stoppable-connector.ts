import { ConnectError } from '../connect-rest';

const timeoutMs = 20_000;

/** The requests of Kafka Connect's REST that take a connector's position away from it. */
export class StoppableConnector {
  constructor(
    private readonly url: string,
    private readonly name: string,
  ) {}

  /** Its task ends soon after the answer. The relay keeper leaves it so. */
  stop(): Promise<void> {
    return this.send('PUT', 'stop');
  }

  /** @throws {ConnectError} while its task still runs */
  deleteOffsets(): Promise<void> {
    return this.send('DELETE', 'offsets');
  }

  resume(): Promise<void> {
    return this.send('PUT', 'resume');
  }

  private async send(method: string, path: string): Promise<void> {
    const response = await fetch(`${this.url.replace(/\/$/, '')}/connectors/${this.name}/${path}`, {
      method,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    if (!response.ok) throw new ConnectError(`${method} ${path}: ${response.status} ${text}`);
  }
}

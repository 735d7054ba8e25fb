import type { ReadableStream } from 'node:stream/web';
import type { AdminHeaders } from 'service-kit/admin-token';
import { NoAnswer, NotFound, Refused } from 'service-kit/command-errors';

/** A query service that sends nothing for this long counts as dead. */
const silenceMs = 60_000;

/** The query service's admin listener, as the command line needs it. */
export class AdminClient {
  constructor(
    private readonly url: string,
    private readonly headers: AdminHeaders,
  ) {}

  /**
   * @returns the answer's JSON, and the path of the next page if there is one
   * @throws {NotFound} {Refused} what the service said; {NoAnswer}
   */
  async get(path: string): Promise<{ body: unknown; next: string | null }> {
    const response = await this.send(path, {});
    const next = /<([^>]+)>; rel="next"/.exec(response.headers.get('Link') ?? '')?.[1] ?? null;
    return { body: await this.bodyOf(response), next };
  }

  /** @returns the answer as a stream, and its length in bytes */
  async download(path: string): Promise<{ body: ReadableStream<Uint8Array>; length: number }> {
    const { body, headers } = await this.send(path, {});
    if (body === null) throw new Refused(`${path} has no body`);
    return {
      body: body as ReadableStream<Uint8Array>,
      length: Number(headers.get('Content-Length')),
    };
  }

  async post(path: string, body: Record<string, string> = {}): Promise<unknown> {
    const response = await this.send(path, { method: 'POST', body: JSON.stringify(body) });
    return this.bodyOf(response);
  }

  private async send(path: string, init: RequestInit): Promise<Response> {
    const headers = { 'Content-Type': 'application/json', ...this.headers() };
    const silent = new AbortController();
    const silence = setTimeout(() => silent.abort(), silenceMs);
    const response = await fetch(this.url + path, { ...init, headers, signal: silent.signal })
      .catch((cause: unknown) => this.unreachable(cause))
      .finally(() => clearTimeout(silence));
    if (response.ok) return response;
    const problem = (await response.json().catch(() => ({}))) as { detail?: string };
    const said = problem.detail ?? `${response.status} ${response.statusText}`;
    throw response.status === 404 ? new NotFound(said) : new Refused(said);
  }

  private async bodyOf(response: Response): Promise<unknown> {
    const text = await response.text().catch((cause: unknown) => this.unreachable(cause));
    return JSON.parse(text);
  }

  private unreachable(cause: unknown): never {
    throw new NoAnswer(`no query service answers at ${this.url} (QUERY_ADMIN_URL)`, { cause });
  }
}

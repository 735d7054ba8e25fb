import type { ReadableStream } from 'node:stream/web';
import type { AdminHeaders } from 'service-kit/admin-token';

/** An answer other than 2xx: what the service said about it. */
export class Refused extends Error {
  override name = 'Refused';
}

/** Nobody answered. */
export class Unreachable extends Error {
  override name = 'Unreachable';
}

/** The query service's admin listener, as the command line needs it. */
export class AdminClient {
  constructor(
    private readonly url: string,
    private readonly headers: AdminHeaders,
  ) {}

  /** @returns the answer's JSON, and the path of the next page if there is one */
  async get(path: string): Promise<{ body: unknown; next: string | null }> {
    const response = await this.send(path, {});
    const next = /<([^>]+)>; rel="next"/.exec(response.headers.get('Link') ?? '')?.[1] ?? null;
    return { body: await response.json(), next };
  }

  /** @returns what is answered as it comes, and how many bytes that is */
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
    return response.json();
  }

  private async send(path: string, init: RequestInit): Promise<Response> {
    const headers = { 'Content-Type': 'application/json', ...this.headers() };
    let response: Response;
    try {
      response = await fetch(this.url + path, { ...init, headers });
    } catch (cause) {
      throw new Unreachable(`no query service answers at ${this.url} (QUERY_ADMIN_URL)`, { cause });
    }
    if (response.ok) return response;
    const problem = (await response.json().catch(() => ({}))) as { detail?: string };
    throw new Refused(problem.detail ?? `${response.status} ${response.statusText}`);
  }
}

import type { AdminHeaders } from 'service-kit/admin-token';

/** A replica of the query service. */
export interface Replica {
  /** The URL of its admin listener. */
  readonly url: string;
  /** The headers of a request, where it asks for a token. */
  readonly headers?: AdminHeaders;
}

/** Sends a request to its admin listener. @param path below that URL */
export function ask(
  { url, headers = () => ({}) }: Replica,
  path: string,
  request: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> },
): Promise<Response> {
  const address = new URL(path, url.endsWith('/') ? url : `${url}/`);
  return fetch(address, { ...request, headers: { ...request.headers, ...headers() } });
}

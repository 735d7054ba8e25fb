import autocannon from 'autocannon';
import { serve } from '../system/child';

/** Requests to send, again and again, over so many connections. */
export interface LoadInput {
  readonly url: string;
  readonly connections: number;
  readonly requests: readonly LoadRequest[];
  /** So many requests in all … */
  readonly amount?: number;
  /** … or for so long. */
  readonly seconds?: number;
  /** Not more than so many in a second; left out: as many as are answered. */
  readonly perSecond?: number;
}

export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

export interface LoadOutput {
  readonly requestsPerSecond: number;
  /** Answered 2xx. */
  readonly succeeded: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const requestsPerConnection = 10;

/** The load generator, in a process of its own. */
serve(async (input: LoadInput): Promise<LoadOutput> => {
  const { url, connections, amount, seconds, perSecond } = input;
  const requests = input.requests.map(({ method, path, body }) => ({
    method,
    path,
    ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
  }));
  let client = 0;
  const startedAt = performance.now();
  const result = await autocannon({
    url,
    connections,
    // Seconds. A slow answer is a figure, not a failure.
    timeout: 60,
    // ms: it sees at these intervals that all requests are answered.
    sampleInt: 50,
    ...(amount !== undefined && { amount }),
    ...(seconds !== undefined && { duration: seconds }),
    ...(perSecond !== undefined && { overallRate: perSecond }),
    requests: requests.slice(0, 1),
    // Each connection has some of its own. autocannon prepares them one by one, for each connection:
    // with all of them it would be busy with that while it measures.
    setupClient: (one) => {
      const from = (client++ * requestsPerConnection) % requests.length;
      one.setRequests(requests.slice(from, from + requestsPerConnection));
    },
  });
  const tookSeconds = (performance.now() - startedAt) / 1000;
  const failed = result.non2xx + result.errors + result.timeouts;
  if (failed > 0) throw new Error(`${failed} requests have failed: ${JSON.stringify(result)}`);
  return {
    requestsPerSecond: result['2xx'] / (amount === undefined ? result.duration : tookSeconds),
    succeeded: result['2xx'],
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  };
});

import createClient, { type Client, type ClientOptions } from 'openapi-fetch';
import type { paths as Commands } from './command-service';
import type { paths as Queries } from './query-service';

export type { Order, Problem, Product } from './command-service';

/**
 * The command service's API, typed by its description: `POST('/api/orders', { body, params: { header } })` gives `data`,
 * or `error`, a problem whose `code` says what was wrong. It throws when nobody answers.
 *
 * This folder imports nothing of ours: copied, with `openapi-fetch` beside it, it is a client of its own.
 *
 * @param options `baseUrl`, such as `http://localhost:8080`, and `headers`, such as `Authorization`
 */
export const commandClient = (options: ClientOptions): Client<Commands> =>
  createClient<Commands>(options);

/** The query service's API, in the same way. */
export const queryClient = (options: ClientOptions): Client<Queries> =>
  createClient<Queries>(options);

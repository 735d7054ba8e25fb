import { STATUS_CODES } from 'node:http';
import Koa, { type Context, type Middleware } from 'koa';
import type { Logger } from './logger';
import { traceOf } from './trace-context';

/**
 * An answer other than success, as RFC 9457 `application/problem+json`.
 * Throw it anywhere below `problems()`.
 */
export class Problem extends Error {
  override name = 'Problem';
  constructor(
    readonly status: number,
    /** Tells the client what was wrong with this request, with which value, and what to do. */
    readonly detail: string,
    /** Further members of the problem object: `errors`, or `code` where it says more to a program than the status. */
    readonly members: Record<string, unknown> = {},
    readonly headers: Record<string, string> = {},
  ) {
    super(`${status} ${detail}`);
  }
}

/**
 * Answers every error below it as problem+json. An error that is no `Problem` is logged whole and
 * answered as a bare 500: nothing internal leaks.
 *
 * @param translate turns a service's own typed errors into problems; returns undefined for other errors
 */
export function problems(
  logger: Logger,
  translate: (error: unknown) => Problem | undefined = () => undefined,
): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      // Complete the router's bare 405 and 501; it has set `Allow`. An unknown method is the client's fault, so no 501.
      if (ctx.status === 404 && ctx.body === undefined) {
        throw new Problem(404, `nothing at ${ctx.path}`);
      }
      if (ctx.status > 404 && ctx.body === undefined) {
        const status = ctx.status === 501 ? 405 : ctx.status;
        throw new Problem(status, `${ctx.path} does not answer ${ctx.method}`);
      }
    } catch (error) {
      const problem = error instanceof Problem ? error : (translate(error) ?? clientError(error));
      if (problem === undefined) {
        const { traceId } = traceOf(ctx);
        logger.error({ err: error, path: ctx.path, traceId }, 'request failed');
      }
      answer(ctx, problem ?? new Problem(500, 'an unexpected error; the log has it'));
    }
  };
}

/** The problem of a request that koa itself refuses, such as a path with invalid percent-encoding. */
function clientError(error: unknown): Problem | undefined {
  if (!(error instanceof Koa.HttpError) || !error.expose) return undefined;
  return new Problem(error.status, error.message);
}

/** What a program goes by that reads the problem: by default the status in words, such as `not-found`. */
export const codeOf = (status: number): string =>
  (STATUS_CODES[status] ?? 'error').toLowerCase().replace(/[^a-z]+/g, '-');

/** The media type of `problemBody`. */
export const problemType = 'application/problem+json';

/** A problem as the body of its answer. */
export function problemBody({ status, detail, members }: Problem): string {
  const title = STATUS_CODES[status];
  const code = codeOf(status);
  return JSON.stringify({ type: 'about:blank', title, status, detail, code, ...members });
}

function answer(ctx: Context, problem: Problem): void {
  ctx.status = problem.status;
  ctx.set(problem.headers);
  ctx.body = problemBody(problem);
  ctx.type = problemType;
}

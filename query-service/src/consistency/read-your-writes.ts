import type { Context, Middleware } from 'koa';
import { Problem } from 'service-kit/problem';
import type { Projection } from '../projection';
import { sayHowFresh } from '../freshness';
import type { View } from '../views/view';
import { type NotYet, notYetShown } from './not-yet';
import { readWait } from './prefer';
import { readTokens, type Token } from './token';

/** The views as this needs them. */
type Views = Pick<Projection, 'all' | 'arrivals' | 'asOf' | 'eventsBehind' | 'isMoving' | 'state'>;

/**
 * Answers a query that carries `Consistency-Token` when its view shows those changes: at once, or, with
 * `Prefer: wait=<seconds>`, as soon as they are applied. Afterwards, or when nothing moves, it says 503, and
 * how far behind the views are.
 *
 * @param viewOf the view that a request asks; undefined: none
 */
export function readYourWrites(
  views: Views,
  viewOf: (ctx: Context) => View | undefined,
): Middleware {
  return (ctx, next) => {
    // An empty one is a token that got lost: no answer may pass for one that shows its change.
    const header = ctx.req.headers['consistency-token'];
    const view = header === undefined ? undefined : viewOf(ctx);
    if (view === undefined) return next();
    return untilShown(ctx, views, view, readTokens(String(header))).then(next);
  };
}

/** @throws {Problem} 503 when the view does not show the changes of these tokens in time */
async function untilShown(
  ctx: Context,
  views: Views,
  view: View,
  tokens: readonly Token[],
): Promise<void> {
  const seconds = readWait(ctx.get('Prefer'));
  if (seconds !== null) ctx.set('Preference-Applied', `wait=${seconds}`);
  let notYet: NotYet[] = [];
  const look = async (): Promise<boolean> => {
    notYet = await notYetShown(views, tokens, view.awaitedProducts);
    return notYet.length === 0 || !views.isMoving;
  };
  if (!(await look()) && seconds !== null && seconds > 0) {
    await inTime(ctx, seconds, (signal) => views.arrivals.wait(tokens, look, signal));
    sayHowFresh(ctx, views);
  }
  if (notYet.length > 0) throw tooEarly(views, notYet);
}

function tooEarly({ asOf, eventsBehind, isMoving }: Views, notYet: readonly NotYet[]): Problem {
  const [first] = notYet;
  const awaited = first?.awaitedProducts?.join(', ');
  const why =
    awaited === undefined
      ? `version ${first?.applied} is applied`
      : `it is applied, and what was sold of product ${awaited} is in no category yet`;
  const moving = isMoving ? '' : '; nothing is applied at present, /health/ready says why';
  return new Problem(
    503,
    `the views do not show ${first?.token} yet: ${why}${moving}`,
    { code: 'change-not-shown', notYet, asOf, eventsBehind },
    { 'Retry-After': '1' },
  );
}

/** Lets something wait; the signal says that the time is up, or that the client has hung up. */
async function inTime(
  ctx: Context,
  seconds: number,
  wait: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const end = (): void => over.abort();
  const timer = setTimeout(end, seconds * 1_000);
  ctx.res.once('close', end);
  try {
    await wait(over.signal);
  } finally {
    clearTimeout(timer);
    ctx.res.off('close', end);
  }
}

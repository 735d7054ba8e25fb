import type { Context, Middleware } from 'koa';
import { setAside } from 'service-kit/clients';
import { Problem } from 'service-kit/problem';
import type { Reader, Select } from '../store/sql';
import { sayHowFresh, type ViewsState } from './freshness';
import { type NotYet, notYetShown } from './not-yet';
import { readWait } from './prefer';
import { readTokens, type Token } from './token';
import type { VersionWaiters } from './version-waiters';

/** The views that answer. */
interface AnsweringViews {
  readonly reader: Reader;
  readonly waiters: VersionWaiters;
  readonly state: ViewsState;
  readonly asOf: string | null;
  /** How many offsets are still to be read; null when not known. */
  readonly eventsBehind: number | null;
  /** Whether new events are being applied. */
  readonly isMoving: boolean;
}

/** The member of a view that matters here: see `View.awaitedProducts`. */
interface AskedView {
  readonly awaitedProducts?: Select;
}

/**
 * Answers a query that carries `Consistency-Token` when its view shows those changes: at once, or, with
 * `Prefer: wait=<seconds>`, as soon as they are applied. Afterwards, or when nothing moves, it says 503, and
 * how far behind the views are.
 *
 * @param viewOf returns the view that a request asks, or undefined
 */
export function readYourWrites(
  views: AnsweringViews,
  viewOf: (ctx: Context) => AskedView | undefined,
): Middleware {
  return (ctx, next) => {
    // An empty header is a token that got lost, so it is an error: the answer might lack the client's change.
    const header = ctx.req.headers['consistency-token'];
    const view = header === undefined ? undefined : viewOf(ctx);
    if (view === undefined) return next();
    return untilShown(ctx, views, view, readTokens(String(header))).then(next);
  };
}

/** @throws {Problem} 503 when the view does not show the changes of these tokens in time, or too many wait */
async function untilShown(
  ctx: Context,
  views: AnsweringViews,
  view: AskedView,
  tokens: readonly Token[],
): Promise<void> {
  const seconds = readWait(ctx.get('Prefer'));
  if (seconds !== null) ctx.set('Preference-Applied', `wait=${seconds}`);
  let notYet: NotYet[] = [];
  const look = async (): Promise<boolean> => {
    notYet = await notYetShown(views.reader, tokens, view.awaitedProducts);
    return notYet.length === 0 || !views.isMoving;
  };
  if (!(await look()) && seconds !== null && seconds > 0) {
    const resume = setAside(ctx.req);
    try {
      await inTime(ctx, seconds, (signal) => views.waiters.wait(tokens, look, signal));
    } finally {
      resume();
    }
    sayHowFresh(ctx, views);
  }
  if (notYet.length > 0) throw tooEarly(views, notYet);
}

function tooEarly(
  { asOf, eventsBehind, isMoving }: AnsweringViews,
  notYet: readonly NotYet[],
): Problem {
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

/** Runs a wait, and aborts it when the time is up or the client has hung up. */
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

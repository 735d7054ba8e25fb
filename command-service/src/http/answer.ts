import type { AggregateType } from 'contracts/aggregates';
import type { Context } from 'koa';
import { isHeldByClient } from 'service-kit/entity-tags';
import { Problem } from 'service-kit/problem';
import { etag, readIfMatch } from './etag';

/** A successful answer as it goes over the wire: what a repeated request gets again, byte for byte. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer that shows an entity: conditional requests compare its ETag. */
interface EntityAnswer extends Answer {
  readonly headers: Answer['headers'] & { readonly ETag: string };
}

/**
 * An entity at one version. `Consistency-Token` names both: the query service answers by it when it has
 * this version, or a newer one.
 *
 * @param body what HTTP shows of it
 */
export function entityAnswer(
  status: number,
  type: AggregateType,
  { id, version }: { readonly id: number; readonly version: number },
  body: object,
  headers: Record<string, string> = {},
): EntityAnswer {
  return {
    status,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      ETag: etag(version),
      'Consistency-Token': `${type}:${id}@${version}`,
      ...headers,
    },
    body: JSON.stringify(body),
  };
}

/**
 * Answers a read according to its conditions (RFC 9110, 13.2.2): with the whole entity, or with 304 when the client
 * already has it.
 *
 * @throws {Problem} 412 when `If-Match` names other versions, 400 when it is malformed
 */
export function sendIfModified(ctx: Context, answer: EntityAnswer): void {
  const { ETag } = answer.headers;
  if (!readIfMatch(ctx.req.headers)(ETag)) {
    throw new Problem(412, `its ETag is ${ETag} now, not ${ctx.get('If-Match')}`, {
      code: 'other-version',
    });
  }
  send(ctx, answer);
  if (isHeldByClient(ctx, ETag)) ctx.status = 304;
}

export function send(ctx: Context, { status, headers, body }: Answer): void {
  ctx.status = status;
  ctx.set(headers);
  ctx.body = body;
}

import type { AggregateType } from 'contracts/topics';
import type { Context } from 'koa';
import { etag } from './etag';

/** A successful answer as it goes over the wire: what a repeated request gets again, byte for byte. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
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
): Answer {
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

export function send(ctx: Context, { status, headers, body }: Answer): void {
  ctx.status = status;
  ctx.set(headers);
  ctx.body = body;
}

import type { Context } from 'koa';
import { etag } from './etag';

/** A successful answer as it goes over the wire: what a repeated request gets again, byte for byte. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An entity at one version. */
export function entityAnswer(
  status: number,
  version: number,
  entity: object,
  headers: Record<string, string> = {},
): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ETag: etag(version), ...headers },
    body: JSON.stringify(entity),
  };
}

export function send(ctx: Context, { status, headers, body }: Answer): void {
  ctx.status = status;
  ctx.set(headers);
  ctx.body = body;
}

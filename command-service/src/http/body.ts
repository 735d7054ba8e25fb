import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { failpoint } from 'service-kit/failpoints';
import { Problem } from 'service-kit/problem';
import { failpoints } from '../failpoints';

/** Far above the largest order that the limits allow (500 items), generously indented. */
const maxBytes = 256 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A body as it was parsed, and as it was written. */
export interface Json {
  readonly value: unknown;
  readonly text: string;
}

/**
 * Reads the request's JSON.
 *
 * @throws {Problem} 415 for another media type or an encoding, 413 when it is too large, 400 when it is no JSON
 */
export async function readJson(ctx: Context): Promise<Json> {
  const bytes = await readBytes(ctx);
  await failpoint(failpoints.bodyRead);
  try {
    const text = utf8.decode(bytes);
    return { value: JSON.parse(text), text };
  } catch {
    throw new Problem(400, 'the body is not JSON in UTF-8', { code: 'not-json' });
  }
}

async function readBytes(ctx: Context): Promise<Buffer> {
  const type = ctx.request.type.trim().toLowerCase();
  const charset = ctx.request.charset.toLowerCase();
  if (type !== 'application/json' || !['', 'utf-8', 'utf8'].includes(charset)) {
    throw new Problem(415, `the body must be application/json, not ${contentType(ctx)}`);
  }
  if (!['', 'identity'].includes(ctx.get('Content-Encoding').toLowerCase())) {
    throw new Problem(415, `the body must not be encoded as ${ctx.get('Content-Encoding')}`);
  }
  try {
    return await getRawBody(ctx.req, { length: ctx.request.length ?? null, limit: maxBytes });
  } catch (error) {
    if ((error as getRawBody.RawBodyError).type === 'entity.too.large') {
      // The rest of the body is not read, so the connection cannot be used again.
      throw new Problem(
        413,
        `the body is larger than ${maxBytes} bytes`,
        {},
        { Connection: 'close' },
      );
    }
    throw new Problem(400, 'the body ended before its time', { code: 'body-cut-off' });
  }
}

function contentType(ctx: Context): string {
  return ctx.get('Content-Type') || 'without a type';
}

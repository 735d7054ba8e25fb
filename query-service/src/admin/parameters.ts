import type { Context } from 'koa';
import { Problem } from 'service-kit/problem';

const maxBodyBytes = 16_384;

/** A whole number from the query. @throws {Problem} 400 on anything else */
export function integer(
  ctx: Context,
  name: string,
  range: { min: number; max: number },
): number | null {
  const text = ctx.query[name];
  if (text === undefined) return null;
  const value = typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (!(value >= range.min && value <= range.max)) {
    throw new Problem(400, `${name} must be a whole number from ${range.min} to ${range.max}`);
  }
  return value;
}

/** A switch from the query: absent is off. @throws {Problem} 400 on anything but true and false */
export function flag(ctx: Context, name: string): boolean {
  const text = ctx.query[name] ?? 'false';
  if (text !== 'true' && text !== 'false') throw new Problem(400, `${name} must be true or false`);
  return text === 'true';
}

/** The members of a JSON body that are texts; an empty body has none. @throws {Problem} 400, 413 */
export async function texts(ctx: Context): Promise<Record<string, string>> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of ctx.req as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes)
      throw new Problem(413, `the body is longer than ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  if (length === 0) return {};
  const body = parsed(Buffer.concat(chunks).toString());
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  if (!isObject) throw new Problem(400, 'the body must be a JSON object');
  const entries = Object.entries(body);
  const wrong = entries.find(([, value]) => typeof value !== 'string');
  if (wrong !== undefined) throw new Problem(400, `${wrong[0]} must be a text`);
  return Object.fromEntries(entries);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new Problem(400, 'the body is no JSON');
  }
}

import {
  type Answer,
  type HeaderDescription,
  notNow,
  type Parameter,
  refuses,
} from 'service-kit/openapi/operation';

const etag: HeaderDescription = {
  description: "The entity's version, for `If-Match`.",
  required: true,
  schema: { type: 'string', pattern: '^"[1-9][0-9]*"$' },
};

const consistencyToken: HeaderDescription = {
  description:
    'Send it with a query, and `Prefer: wait=2`: the query service answers as soon as its views have this ' +
    'version, or a newer one.',
  required: true,
  schema: { type: 'string', pattern: '^(order|product):[1-9][0-9]*@[1-9][0-9]*$' },
};

/** Of every answer that shows an entity. */
export const entityHeaders = { ETag: etag, 'Consistency-Token': consistencyToken };

/** Of an answer that tells of a new one. @param path of all of its kind, such as `/api/orders` */
export function createdHeaders(path: string): NonNullable<Answer['headers']> {
  return {
    ...entityHeaders,
    Location: {
      description: 'Where it is.',
      required: true,
      schema: { type: 'string', pattern: `^${path}/[1-9][0-9]*$` },
    },
    'Idempotency-Replayed': {
      description: 'This is the first answer to the `Idempotency-Key`, again.',
      schema: { const: 'true' },
    },
  };
}

export const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'A new one for each request, the same for each repetition: whatever was lost on the way, there is one ' +
    'entity, and every repetition gets the first answer.',
  schema: { type: 'string', pattern: '^("[!#-\\[\\]-~]{1,255}"|[!#-+\\--:<-\\[\\]-~]{1,255})$' },
  example: '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
};

export const ifMatch: Parameter = {
  name: 'If-Match',
  in: 'header',
  description: '`*`, or the ETags of which the entity must have one.',
  schema: {
    type: 'string',
    pattern: '^(\\*|(W/)?"[^"]*"([ \\t]*,[ \\t]*(W/)?"[^"]*")*)$',
  },
  example: '"1"',
};

export const traceparent: Parameter = {
  name: 'traceparent',
  in: 'header',
  description: 'W3C trace context: the event carries it on. What is none is replaced by a new one.',
  schema: { type: 'string' },
  example: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

/** What every command may be answered. */
export const commandRefusals = {
  413: refuses('The body, or the event that it would become, is too large.'),
  415: refuses('The body is not `application/json` in UTF-8.'),
  503: notNow(
    'The database is not available. Nothing was changed, unless `outcome` is `unknown`: repeat it with the ' +
      'same `Idempotency-Key`, or look.',
  ),
};

/** What every read may be answered. */
export const readRefusals = { 503: notNow('The database is not available.') };

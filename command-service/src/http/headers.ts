import { aggregateTypes } from 'contracts/aggregates';
import {
  type Answer,
  type HeaderDescription,
  notNow,
  type Parameter,
  refuses,
} from 'service-kit/openapi/operation';

const etag: HeaderDescription = {
  description: "The entity's version, for `If-Match` and `If-None-Match`.",
  required: true,
  schema: { type: 'string', pattern: '^"[1-9][0-9]*"$' },
};

const consistencyToken: HeaderDescription = {
  description:
    'Send it with a query, and `Prefer: wait=2`: the query service answers as soon as its views have this ' +
    'version, or a newer one.',
  required: true,
  schema: { type: 'string', pattern: `^(${aggregateTypes.join('|')}):[1-9][0-9]*@[1-9][0-9]*$` },
};

/** The headers of every answer that shows an entity. */
export const entityHeaders = { ETag: etag, 'Consistency-Token': consistencyToken };

/** The headers of an answer that tells of a new entity. @param path of all of its kind, such as `/api/orders` */
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
  // Without an example: `/docs` would send it with every body that is tried, and the second one would be refused.
  description:
    'A new one for each request, such as a UUID, the same for each repetition: whatever was lost on the way, there is ' +
    'one entity, and every repetition gets the first answer.',
  schema: { type: 'string', pattern: '^("[!#-\\[\\]-~]{1,255}"|[!#-+\\--:<-\\[\\]-~]{1,255})$' },
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

export const ifNoneMatch: Parameter = {
  name: 'If-None-Match',
  in: 'header',
  description: '`*`, or the ETags of which the entity must have none, weak ones compared too.',
  schema: ifMatch.schema,
  example: '"2"',
};

/** The conditional headers that every read of an entity takes. */
export const readConditions: readonly Parameter[] = [
  ifMatch,
  {
    ...ifNoneMatch,
    description: '`*`, or the ETags of what the client has: a 304 says that it is as it was.',
  },
];

export const traceparent: Parameter = {
  name: 'traceparent',
  in: 'header',
  description: 'W3C trace context: the event carries it on. What is none is replaced by a new one.',
  schema: { type: 'string' },
  example: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

/** Of a body that is no JSON, or not what it must be. */
export const invalidBody = {
  'invalid-body': {
    detail: 'the request is invalid: see errors',
    errors: [{ path: '/customerId', message: 'must be integer' }],
  },
  'not-json': 'the body is not JSON in UTF-8',
};

/** Of an `If-Match` or an `If-None-Match`. */
export const invalidCondition = {
  'invalid-condition': 'If-Match must be * or ETags such as "1", quotes included, not 1',
};

export const malformedCommand = refuses('The body or the `Idempotency-Key` is malformed.', {
  ...invalidBody,
  'invalid-key': 'Idempotency-Key must be one key of 1 to 255 visible characters, such as a UUID',
});

export const keyInUse = refuses('A request with this `Idempotency-Key` is under way.', {
  'key-in-use':
    'a request with Idempotency-Key 8e03978e is under way: repeat it later to get its answer',
});

/** Of a key that came with another body before. */
export const keyOfAnotherRequest = {
  'key-of-another-request':
    'Idempotency-Key 8e03978e stands for a request with another body: use a new key for a new request',
};

const noDatabase = {
  'database-not-available': 'the database is not available; nothing was changed',
};

/** The refusals that every command may answer. */
export const commandRefusals = {
  413: refuses('The body, or the event that it would become, is too large.'),
  415: refuses('The body is not `application/json` in UTF-8.'),
  503: notNow(
    'The database is not available. Nothing was changed, unless `outcome` is `unknown`: repeat it with the ' +
      'same `Idempotency-Key`, or look.',
    {
      ...noDatabase,
      'commit-unknown': {
        detail:
          'the database did not confirm the commit: look whether it happened before you repeat it; with the same Idempotency-Key it is safe to repeat',
        outcome: 'unknown',
      },
    },
  ),
};

/** The refusals that every read may answer. */
export const readRefusals = {
  400: refuses('`If-Match` is malformed.', invalidCondition),
  412: refuses('It has another version than `If-Match` asks for.', {
    'other-version': 'its ETag is "2" now, not "1"',
  }),
  503: notNow('The database is not available.', noDatabase),
};

/** What every list may be answered. */
export const listRefusals = {
  400: refuses('A parameter is malformed.', {
    'invalid-parameter': 'limit must be an integer from 1 to 100',
  }),
  503: readRefusals[503],
};

/** The answer to a client that has the entity already. */
export const notModified: Answer = {
  description: 'It is as `If-None-Match` says, and not sent again.',
  headers: entityHeaders,
};

import { maxTotal } from 'contracts/money';
import {
  type Answer,
  answers,
  type JsonSchema,
  notNow,
  type Operation,
  type Parameter,
  refuses,
} from 'service-kit/openapi/operation';

/** What the views' operations are described with. */
export const schemas = {
  id: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
  /** A sum of money, in the currency's unit. */
  total: { type: 'number', minimum: 0, maximum: maxTotal / 100, multipleOf: 0.01 },
  count: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  instant: { type: 'string', format: 'date-time' },
} as const;

/** An id in the path. */
export function idInPath(name: string): Parameter {
  return { name, in: 'path', required: true, schema: schemas.id, example: 1 };
}

/** How fresh the answer is: a header of every answer of this service. */
export const freshness = {
  'Views-State': {
    description:
      '`current`; `catching-up`: events that are known to exist are not in the views yet; `incomplete`: an event ' +
      'could not be applied; `untrusted`: the history in Kafka, or the database file, is not what it was.',
    required: true,
    schema: { enum: ['current', 'catching-up', 'incomplete', 'untrusted'] },
  },
  'As-Of': {
    description:
      'The answer includes every command that was acknowledged before this instant. Absent: not known yet. It ' +
      'stands still when the relay does.',
    schema: schemas.instant,
  },
} satisfies Answer['headers'];

/**
 * What a view's route answers, beside its own: how fresh it is, and that the views cannot be read now.
 *
 * @param schema of the body
 * @param refusals by status, in words: `{ 404: 'There is no such product.' }`
 */
export function viewAnswers(
  description: string,
  schema: JsonSchema,
  refusals: Readonly<Record<number, string>>,
  headers: Answer['headers'] = {},
): Operation['responses'] {
  const refused = Object.entries(refusals).map(([status, words]) => [
    status,
    refuses(words, freshness),
  ]);
  return {
    200: answers(description, schema, { ...freshness, ...headers }),
    ...(Object.fromEntries(refused) as Record<number, Answer>),
    503: notNow('The views cannot be read now, or do not include what was asked for.', freshness),
  };
}

export const categoryInPath: Parameter = {
  name: 'category',
  in: 'path',
  required: true,
  schema: { type: 'string', minLength: 1 },
  example: 'Electronics',
};

/** The query parameters of a period, [start, end). */
export const period: readonly Parameter[] = [
  {
    name: 'start',
    in: 'query',
    required: true,
    description: 'ISO-8601 with an offset, not after `end`.',
    schema: schemas.instant,
    example: '2026-02-27T09:00:00Z',
  },
  {
    name: 'end',
    in: 'query',
    required: true,
    description: 'ISO-8601 with an offset.',
    schema: schemas.instant,
    example: '2026-02-27T12:00:00Z',
  },
];

/** Of an answer that is one page of several. */
export const nextPage: NonNullable<Answer['headers']> = {
  Link: {
    description: 'RFC 8288, `rel="next"`: the page that follows, if there is one.',
    schema: { type: 'string', pattern: '^<.+>; rel="next"$' },
  },
};

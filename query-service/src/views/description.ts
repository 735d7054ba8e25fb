import {
  type Answer,
  answers,
  type JsonSchema,
  notNow,
  type Operation,
  type Parameter,
  problem,
  type Problems,
  type Refusal,
  refusesBy,
} from 'service-kit/openapi/operation';
import { pageParameters } from 'service-kit/openapi/pages';
import { maxWaitSeconds } from '../consistency/prefer';
import { tokensPattern } from '../consistency/token';
import { viewsStates } from '../consistency/freshness';

/** The schemas of the views' operations. */
export const schemas = {
  id: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
  /**
   * A sum of money in the currency's unit, with all of its digits: at most the cents of 64 bits. Readers that need
   * every digit must keep the text.
   */
  total: { type: 'number', minimum: 0, maximum: 2 ** 63 / 100, multipleOf: 0.01 },
  /** Several totals added up. */
  sumOfTotals: { type: 'number', minimum: 0 },
  count: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  instant: { type: 'string', format: 'date-time' },
} as const;

/** An id in the path. */
export function idInPath(name: string): Parameter {
  return { name, in: 'path', required: true, schema: schemas.id, example: 1 };
}

/** The headers that say how fresh an answer is, in every answer of this service. */
export const freshness = {
  'Views-State': {
    description:
      '`current`; `stale`: nothing newer has come through for longer than the bound (10 seconds by default); ' +
      '`catching-up`: events that are known to exist are not in the views yet; `incomplete`: an event could not be ' +
      'applied; `untrusted`: the history in Kafka, or the database file, is not what it was.',
    required: true,
    schema: { enum: viewsStates },
  },
  'As-Of': {
    description:
      'The answer includes every command that was acknowledged before this instant. Absent: not known yet. It ' +
      'stands still when the relay does.',
    schema: schemas.instant,
  },
} satisfies Answer['headers'];

const consistency: readonly Parameter[] = [
  {
    name: 'Consistency-Token',
    in: 'header',
    description:
      'What commands answered, joined by commas: the answer shows those changes, or is a 503 that says that ' +
      'it does not yet.',
    schema: { type: 'string', pattern: tokensPattern },
    example: 'order:1@1',
  },
  {
    name: 'Prefer',
    in: 'header',
    description: `RFC 7240: \`wait=2\` waits so many seconds, at most ${maxWaitSeconds}, for the changes of the token.`,
    schema: { type: 'string' },
    example: 'wait=2',
  },
];

const preferenceApplied: NonNullable<Answer['headers']> = {
  'Preference-Applied': {
    description: 'How long it would have waited, in seconds.',
    schema: { type: 'string', pattern: '^wait=[0-9]+$' },
  },
};

/** The description of a view's route, without what all views share. */
export interface ViewOperation extends Pick<Operation, 'operationId' | 'summary' | 'description'> {
  readonly parameters?: readonly Parameter[];
  /** The body of a 200, in words and as a schema. */
  readonly answer: string;
  readonly schema: JsonSchema;
  readonly headers?: Answer['headers'];
  /** Sentences by status: `{ 404: 'There is no such product.' }` */
  readonly refusals?: Readonly<Record<number, Refusal>>;
}

/** Adds to an operation what all views share: how fresh an answer is, and reading one's own writes. */
export function viewOperation(operation: ViewOperation): Operation {
  const { answer, schema, headers = {}, refusals = {}, parameters = [], ...rest } = operation;
  const common = { ...freshness, ...preferenceApplied };
  return {
    ...rest,
    parameters: [...parameters, ...consistency],
    responses: {
      200: answers(answer, schema, { ...common, ...headers }),
      ...refusesBy(
        {
          400: [
            'A parameter or `Consistency-Token` is malformed.',
            {
              'invalid-parameter': 'start must be a time such as 2026-02-27T09:00:00Z',
              'invalid-token':
                'Consistency-Token must be what commands answered, such as order:17@2, up to 20 joined by commas, not 17',
            },
          ],
          ...refusals,
        },
        common,
      ),
      503: notNow(
        'The view does not show the changes of `Consistency-Token` yet, or cannot be read now: `code` tells which.',
        notAvailable,
        common,
        unavailable,
      ),
    },
  };
}

const notAvailable: Problems = {
  'change-not-shown': {
    detail: 'the views do not show order:7@2 yet: version 1 is applied',
    notYet: [{ token: 'order:7@2', applied: 1 }],
    asOf: '2026-02-27T10:00:00.000Z',
    eventsBehind: 0,
  },
  'views-not-readable': 'the views cannot be read; /health/ready says why',
};

/** The schema of the refusal when a view has no answer now. */
const unavailable: JsonSchema = {
  title: 'ViewUnavailable',
  allOf: [problem],
  required: ['code'],
  properties: {
    code: {
      enum: ['change-not-shown', 'views-not-readable', 'busy', 'keys-not-available'],
      description:
        '`change-not-shown`: not yet the changes of `Consistency-Token`; `views-not-readable`: nothing, until they are ' +
        'filled or mended; `busy`: too many requests; `keys-not-available`: a token cannot be checked.',
    },
    notYet: {
      type: 'array',
      description: 'The changes that are not shown.',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['token', 'applied'],
        properties: {
          token: { type: 'string' },
          applied: { ...schemas.count, description: 'The version that is applied; 0: none.' },
          awaitedProducts: {
            type: 'array',
            description: 'Sold products that are in no category yet, some of them.',
            items: schemas.id,
          },
        },
      },
    },
    asOf: { ...schemas.instant, type: ['string', 'null'] },
    eventsBehind: {
      ...schemas.count,
      type: ['integer', 'null'],
      description: 'Events in Kafka that are not read; null: not known.',
    },
  },
  if: { properties: { code: { const: 'change-not-shown' } } },
  then: { required: ['notYet', 'asOf', 'eventsBehind'] },
};

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

/**
 * The query parameters of a period whose windows come in pages.
 *
 * @param windows on a page: when the client does not say, and at most
 * @param cursor the expression that `after` matches
 */
export const pagedPeriod = (
  windows: { readonly byDefault: number; readonly max: number },
  cursor: string,
): readonly Parameter[] => [...period, ...pageParameters({ of: 'Windows', ...windows, cursor })];

/** The refusal of a period whose ends are valid by themselves. */
export const periodRefusal = {
  422: ['`start` is after `end`.', { 'start-after-end': 'start must not be after end' }],
} as const satisfies ViewOperation['refusals'];

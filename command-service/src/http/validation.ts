import { Ajv, type ErrorObject, type Schema } from 'ajv';
import { type Cents, priceFromNumber } from 'contracts/money';
import { parseInstant } from 'contracts/instant';
import type { JsonSchema } from 'service-kit/openapi/operation';
import { Problem } from 'service-kit/problem';
import type { Json } from './body';
import { type FieldError, lostByParsing } from './lost-by-parsing';

/** How many errors a refusal lists: enough to repair a request; a hostile request gets no list of thousands. */
const maxErrors = 20;

const ajv = new Ajv({ allErrors: true });
ajv.addKeyword({
  keyword: 'price',
  type: 'number',
  schemaType: 'boolean',
  // `multipleOf: 0.01` refuses 0.07.
  validate: (_: boolean, value: number) => priceFromNumber(value) !== null,
  error: { message: 'must be in 0…999999.99 with at most two decimals' },
});
ajv.addKeyword({
  keyword: 'storable',
  type: 'string',
  schemaType: 'boolean',
  // PostgreSQL stores no NUL, and UTF-8 encodes no lone surrogate.
  validate: (_: boolean, value: string) => !/\p{Surrogate}/u.test(value) && !value.includes('\0'),
  error: { message: 'must have no NUL and no lone surrogate' },
});
ajv.addKeyword({
  keyword: 'pathSegment',
  type: 'string',
  schemaType: 'boolean',
  // Clients remove the segments `.` and `..` from a URL before they send it (WHATWG URL), even percent-encoded, so
  // neither can be a name in a path. Percent-encoded, every other text can.
  validate: (_: boolean, value: string) => value !== '.' && value !== '..',
  error: { message: 'must not be . or .., which no URL can name' },
});
ajv.addKeyword({
  keyword: 'instant',
  type: 'string',
  schemaType: 'boolean',
  validate: (_: boolean, value: string) => (parseInstant(value) ?? -1) >= 0,
  error: {
    message:
      'must be an ISO-8601 time with an offset, such as 2026-02-27T09:15:00Z, not before 1970',
  },
});

/**
 * What the OpenAPI document says in place of the keywords above, where standard keywords exist. There `multipleOf` is
 * meant exactly, not in floating point.
 */
const standard: Record<string, JsonSchema> = {
  price: { minimum: 0, maximum: 999_999.99, multipleOf: 0.01 },
  storable: { pattern: '^[^\\u0000]*$' },
  pathSegment: { not: { enum: ['.', '..'] } },
  instant: { format: 'date-time', pattern: '^(19[7-9]|[2-9][0-9]{2})' },
};

/** The schema of a request or an answer without this service's own keywords, for the OpenAPI document. */
export function published(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(schema).flatMap(([keyword, value]) =>
      // A member of `properties` may be called the same; it is not `true`.
      Object.entries(
        (value === true && standard[keyword]) || { [keyword]: publishedMember(value) },
      ),
    ),
  );
}

function publishedMember(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
  return published(value as JsonSchema);
}

/** The parts of which request schemas are made. */
export const fields = {
  id: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
  /** Lengths count code points. */
  text: { type: 'string', minLength: 1, maxLength: 200, storable: true },
  price: { type: 'number', price: true },
  instant: { type: 'string', instant: true },
} as const;

/**
 * Compiles a request schema once.
 *
 * @returns reads a body as `Request`, or throws a `Problem` 400 that names each violation, and what of the text the
 *   request would not say
 */
export function requestReader<Request>(schema: Schema): (body: Json) => Request {
  const validate = ajv.compile<Request>(schema);
  return ({ value, text }) => {
    if (!validate(value)) throw invalid((validate.errors ?? []).map(describe));
    const lost = lostByParsing(text);
    if (lost.length > 0) throw invalid(lost);
    return value;
  };
}

/** The 400 for a body that is JSON, but no valid request. */
export function invalid(errors: FieldError[]): Problem {
  return new Problem(400, 'the request is invalid: see errors', {
    code: 'invalid-body',
    errors: errors.slice(0, maxErrors),
  });
}

/** A validated price in cents. */
export function toCents(price: number): Cents {
  const cents = priceFromNumber(price);
  if (cents === null) throw new RangeError(`not validated as a price: ${price}`);
  return cents;
}

function describe({ instancePath, keyword, message, params }: ErrorObject): FieldError {
  const text = message ?? keyword;
  switch (keyword) {
    case 'additionalProperties':
      return { path: instancePath, message: `${text}: ${String(params.additionalProperty)}` };
    case 'enum':
      return {
        path: instancePath,
        message: `${text}: ${(params.allowedValues as string[]).join(', ')}`,
      };
    default:
      return { path: instancePath, message: text };
  }
}

import type Router from '@koa/router';

/** A JSON Schema (2020-12), as OpenAPI 3.1 takes it. One with a `title` is shown under that name. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** What one route takes and answers, in OpenAPI's own words. */
export interface Operation {
  /** What a generated client calls it: unique in its service, and kept when the words change. */
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: RequestBody;
  /** Every status that the route itself gives. What any request may get stands in the document's introduction. */
  readonly responses: Readonly<Record<number, Answer>>;
  /** What a token must allow; absent for what is open. */
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
  readonly example?: unknown;
}

export interface Answer extends Partial<Content> {
  readonly description: string;
  readonly headers?: Readonly<Record<string, HeaderDescription>>;
}

export interface HeaderDescription {
  readonly description: string;
  /** Whether each answer of this status has it. */
  readonly required?: boolean;
  readonly schema: JsonSchema;
}

export interface RequestBody extends Content {
  readonly required: true;
}

interface Content {
  readonly content: Readonly<Record<string, { schema: JsonSchema; example?: unknown }>>;
}

/** The operations of a slice, by method and path: `GET /api/things/{id}`. */
export type Operations = Readonly<Record<string, Operation>>;

/** A part of a service's API: its routes, and what they take and answer. */
export interface Slice {
  /** Groups its operations in the document. */
  readonly name: string;
  readonly router: Router;
  readonly operations: Operations;
}

/** A JSON body that a route takes. */
export function takes(schema: JsonSchema, example: unknown): RequestBody {
  return { required: true, content: { 'application/json': { schema, example } } };
}

/** A JSON answer. */
export function answers(
  description: string,
  schema: JsonSchema,
  headers: Answer['headers'] = {},
): Answer {
  return { description, headers, content: { 'application/json': { schema } } };
}

/** A problem (RFC 9457). */
export function refuses(
  description: string,
  headers: Answer['headers'] = {},
  schema: JsonSchema = problem,
): Answer {
  return { description, headers, content: { 'application/problem+json': { schema } } };
}

/** Several refusals. @param refusals in words, by status: `{ 404: 'There is no such product.' }` */
export const refusesBy = (
  refusals: Readonly<Record<number, string>>,
  headers?: Answer['headers'],
): Readonly<Record<number, Answer>> =>
  Object.fromEntries(
    Object.entries(refusals).map(([status, words]) => [status, refuses(words, headers)]),
  );

/** A refusal that says when to ask again. */
export function notNow(
  description: string,
  headers: Answer['headers'] = {},
  schema: JsonSchema = problem,
): Answer {
  const required = { 'Retry-After': { ...retryAfter, required: true } };
  return refuses(description, { ...required, ...headers }, schema);
}

/** `Retry-After` of an answer that need not have it. */
export const retryAfter: HeaderDescription = {
  description: 'Seconds after which another attempt may succeed.',
  schema: { type: 'string', pattern: '^[1-9][0-9]*$' },
};

export const problem: JsonSchema = {
  title: 'Problem',
  description: 'RFC 9457. Some have further members, such as `errors`.',
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { const: 'about:blank' },
    title: { type: 'string', description: "The status in HTTP's words." },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'What was wrong, with the value, and what to do.' },
    code: { type: 'string', description: 'For programs, where the status has several meanings.' },
    errors: {
      type: 'array',
      description: 'Each field of the body that is wrong, 20 at most.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['path', 'message'],
        properties: {
          path: { type: 'string', description: 'A JSON pointer into the body.' },
          message: { type: 'string' },
        },
      },
    },
  },
};

import type Router from '@koa/router';

/** A JSON Schema (2020-12), as OpenAPI 3.1 takes it. One with a `title` is shown under that name. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** The schema of an object with all of these members, and no others. */
export const objectOf = (properties: Readonly<Record<string, unknown>>): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});

/** The description of one route, in OpenAPI's terms. */
export interface Operation {
  /** Its name in generated clients: unique in its service, and never changed. */
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: RequestBody;
  /** Every status that the route itself answers. Those that any request may get are in the document's introduction. */
  readonly responses: Readonly<Record<number, Answer>>;
  /** The scope that a token must have; absent for open routes. */
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
  /** Whether every answer with this status has this header. */
  readonly required?: boolean;
  readonly schema: JsonSchema;
}

interface RequestBody extends Content {
  readonly required: true;
}

interface Content {
  readonly content: Readonly<
    Record<string, { schema: JsonSchema; example?: unknown; problems?: Problems }>
  >;
}

/** The operations of a slice, by method and path: `GET /api/things/{id}`. */
export type Operations = Readonly<Record<string, Operation>>;

/** A part of a service's API: its routes and their descriptions. */
export interface Slice {
  /** The group of its operations in the document. */
  readonly name: string;
  readonly router: Router;
  readonly operations: Operations;
}

/** Describes a JSON body that a route takes. */
export function takes(schema: JsonSchema, example: unknown): RequestBody {
  return { required: true, content: { 'application/json': { schema, example } } };
}

/** Describes a JSON answer. */
export function answers(
  description: string,
  schema: JsonSchema,
  headers: Answer['headers'] = {},
): Answer {
  return { description, headers, content: { 'application/json': { schema } } };
}

/** The problems of one status: for each `code` an example of `detail`, or of it and further members. */
export type Problems = Readonly<
  Record<string, string | { readonly detail: string; readonly [member: string]: unknown }>
>;

/**
 * Describes a problem (RFC 9457).
 *
 * @param problems left out: its code says no more than its status
 */
export function refuses(
  description: string,
  problems: Problems = {},
  headers: Answer['headers'] = {},
  schema: JsonSchema = problem,
): Answer {
  return { description, headers, content: { 'application/problem+json': { schema, problems } } };
}

/** A refusal in a sentence, or with what there is to say to programs. */
export type Refusal = string | readonly [sentence: string, problems: Problems];

/** Describes several refusals. @param refusals by status: `{ 404: 'There is no such product.' }` */
export const refusesBy = (
  refusals: Readonly<Record<number, Refusal>>,
  headers?: Answer['headers'],
): Readonly<Record<number, Answer>> =>
  Object.fromEntries(
    Object.entries(refusals).map(([status, refusal]) => {
      const [sentence, problems] = typeof refusal === 'string' ? [refusal] : refusal;
      return [status, refuses(sentence, problems, headers)];
    }),
  );

/** Every listener says so while too many ask. */
const busy: Problems = {
  busy: '1000 are under way, or 500 of your address: no more are taken',
};

/** Describes a refusal that says when to ask again. */
export function notNow(
  description: string,
  problems: Problems = {},
  headers: Answer['headers'] = {},
  schema: JsonSchema = problem,
): Answer {
  const required = { 'Retry-After': { ...retryAfter, required: true } };
  return refuses(description, { ...problems, ...busy }, { ...required, ...headers }, schema);
}

/** Describes the `Retry-After` of an answer that need not have it. */
export const retryAfter: HeaderDescription = {
  description: 'Seconds after which another attempt may succeed.',
  schema: { type: 'string', pattern: '^[1-9][0-9]*$' },
};

export const problem: JsonSchema = {
  title: 'Problem',
  description: 'RFC 9457. Some have further members, such as `errors`.',
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { const: 'about:blank' },
    title: { type: 'string', description: "The status in HTTP's words." },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'What was wrong, with the value, and what to do.' },
    code: {
      type: 'string',
      pattern: '^[a-z]+(-[a-z]+)*$',
      description: 'For programs: what was wrong, or the status in words. It does not change.',
    },
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

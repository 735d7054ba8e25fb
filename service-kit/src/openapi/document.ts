import { STATUS_CODES } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import type Router from '@koa/router';
import { codeOf } from '../problem';
import type { Answer, JsonSchema, Operation, Problems, Slice } from './operation';
import { securitySchemes } from './security';

/** The title, version and description of an API. */
export interface Api {
  readonly title: string;
  /** That of the release: package.json has the same. */
  readonly version: string;
  /** Markdown. */
  readonly description: string;
}

/**
 * The OpenAPI 3.1 document of these slices.
 *
 * @throws {Error} naming every route that no operation describes, and every operation without a route
 */
export function openApiDocument(api: Api, slices: readonly Slice[]) {
  assertDescribed(slices);
  const schemas: Record<string, unknown> = {};
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { name, operations } of slices) {
    for (const [route, operation] of Object.entries(operations)) {
      const [method = '', path = ''] = route.split(' ');
      paths[path] = {
        ...paths[path],
        [method.toLowerCase()]: nameSchemas({ tags: [name], ...withExamples(operation) }, schemas),
      };
    }
  }
  return {
    openapi: '3.1.1',
    info: { ...api, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    tags: slices.map(({ name }) => ({ name })),
    paths,
    components: { schemas, securitySchemes },
  };
}

/** The routes of a router as operations are named: `GET /api/things/{id}`. HEAD comes with GET. */
function routesOf(router: Router): string[] {
  return router.stack.flatMap(({ methods, path }) =>
    methods
      .filter((method) => method !== 'HEAD')
      .map((method) => `${method} ${String(path).replace(/:(\w+)/g, '{$1}')}`),
  );
}

function assertDescribed(slices: readonly Slice[]): void {
  const faults = slices.flatMap(({ name, router, operations }) => {
    const routes = routesOf(router);
    const described = Object.keys(operations);
    return [
      ...routes
        .filter((route) => !described.includes(route))
        .map((route) => `${name}: ${route} has no description`),
      ...described
        .filter((route) => !routes.includes(route))
        .map((route) => `${name}: ${route} is described, and there is no such route`),
    ];
  });
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

/** Shows each problem that an operation may answer, by its code, and has the codes in its schema. */
function withExamples(operation: Operation): Operation {
  const responses = Object.entries(operation.responses).map(([status, answer]) => [
    status,
    shown(Number(status), answer),
  ]);
  return { ...operation, responses: Object.fromEntries(responses) as Operation['responses'] };
}

function shown(status: number, answer: Answer): Answer {
  const { content, description } = answer;
  if (content === undefined) return answer;
  const bodies = Object.entries(content).map(([type, { problems, ...body }]) => [
    type,
    problems === undefined
      ? body
      : withProblems(status, body.schema, examplesOf(status, description, problems)),
  ]);
  return { ...answer, content: Object.fromEntries(bodies) as Answer['content'] & object };
}

/** Codes that any request may get, of statuses that operations describe. What says 503 is described with `busy`. */
const codesOfAny: Record<number, string> = { 400: codeOf(400), 403: 'cross-site' };

function withProblems(status: number, schema: JsonSchema, examples: Record<string, unknown>) {
  const codes = [...new Set([...Object.keys(examples), codesOfAny[status] ?? []].flat())];
  // Generators of clients make types only of what has a type.
  const ofCode = { type: 'object', properties: { code: { type: 'string', enum: codes } } };
  return { schema: { allOf: [schema, ofCode] }, examples };
}

function examplesOf(status: number, description: string, problems: Problems) {
  const title = STATUS_CODES[status];
  const all = Object.keys(problems).length > 0 ? problems : { [codeOf(status)]: description };
  return Object.fromEntries(
    Object.entries(all).map(([code, example]) => {
      const members = typeof example === 'string' ? { detail: example } : example;
      return [code, { value: { type: 'about:blank', title, status, code, ...members } }];
    }),
  );
}

/** Moves each schema with a title to the document's components and puts a reference in its place. */
function nameSchemas(value: unknown, schemas: Record<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((item) => nameSchemas(item, schemas));
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      // A problem has a title, too.
      key === 'examples' ? member : nameSchemas(member, schemas),
    ]),
  );
  if (typeof copy.title !== 'string') return copy;
  const { title, ...schema } = copy;
  const known = schemas[title];
  if (known !== undefined && !isDeepStrictEqual(known, schema)) {
    throw new Error(`two different schemas are called ${title}`);
  }
  schemas[title] = schema;
  return { $ref: `#/components/schemas/${title}` };
}

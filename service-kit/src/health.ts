import Router from '@koa/router';
import {
  type Answer,
  answers,
  type JsonSchema,
  type Operations,
  type Slice,
} from './openapi/operation';

/** The reasons why a process is not ready, a sentence each; empty means ready. */
export type Readiness = () => Promise<readonly string[]>;

/**
 * `GET /health/live`: the process answers. `GET /health/ready`: it does its job, or 503 and why not.
 *
 * @param details further members of the ready body, for people
 */
export function healthRoutes(
  readiness: Readiness,
  details: () => Record<string, unknown> = () => ({}),
): Router {
  const router = new Router({ prefix: '/health' });
  router.get('/live', (ctx) => {
    ctx.body = { status: 'live' };
  });
  router.get('/ready', async (ctx) => {
    const reasons = await readiness();
    ctx.status = reasons.length === 0 ? 200 : 503;
    ctx.body = { status: reasons.length === 0 ? 'ready' : 'not ready', reasons, ...details() };
  });
  return router;
}

/**
 * The routes of `healthRoutes` with their description.
 *
 * @param detailSchemas what `details` adds to the ready body, by member
 * @param headers of every answer of this service
 */
export function healthSlice(
  readiness: Readiness,
  details?: () => Record<string, unknown>,
  detailSchemas: Record<string, JsonSchema> = {},
  headers: Answer['headers'] = {},
): Slice {
  const ready = {
    type: 'object',
    required: ['status', 'reasons', ...Object.keys(detailSchemas)],
    properties: {
      status: { enum: ['ready', 'not ready'] },
      reasons: {
        type: 'array',
        description: 'Why it is not ready, one sentence each.',
        items: { type: 'string' },
      },
      ...detailSchemas,
    },
  };
  const live = {
    type: 'object',
    required: ['status'],
    properties: { status: { const: 'live' } },
  };
  const operations: Operations = {
    'GET /health/live': {
      operationId: 'getLiveness',
      summary: 'Whether the process answers',
      responses: { 200: answers('It does.', live, headers) },
    },
    'GET /health/ready': {
      operationId: 'getReadiness',
      summary: 'Whether the service does its job',
      responses: {
        200: answers('It does.', ready, headers),
        503: answers('It does not, and why.', ready, headers),
      },
    },
  };
  return { name: 'health', router: healthRoutes(readiness, details), operations };
}

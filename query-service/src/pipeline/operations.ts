import { hopNames } from 'contracts/pipeline';
import { answers, type JsonSchema, objectOf, type Operations } from 'service-kit/openapi/operation';
import { freshness, schemas } from '../views/description';

const orNull = (type: string): JsonSchema => ({ type: [type, 'null'] });
const state: JsonSchema = { enum: ['ok', 'waiting', 'broken', 'unknown'] };

const hop: JsonSchema = {
  title: 'Hop',
  description: 'One hop of the pipeline. `null`: not known, or not counted there.',
  ...objectOf({
    name: { enum: hopNames },
    state,
    reasons: {
      type: 'array',
      description: 'Why it is not `ok`, one sentence each.',
      items: { type: 'string' },
    },
    rate: { ...orNull('number'), description: 'Per second, over the last ten seconds.' },
    unit: { enum: ['events', 'offsets', 'bytes'], description: 'Of `rate` and `lag.count`.' },
    lag: objectOf({ count: orNull('number'), seconds: orNull('number') }),
    facts: {
      type: 'object',
      description: 'Further numbers and states, for people.',
      additionalProperties: { type: ['string', 'number', 'null'] },
    },
  }),
};

const comparison: JsonSchema = {
  title: 'Comparison',
  description: "The relay keeper's last comparison of one replica's views with PostgreSQL.",
  ...objectOf({
    replica: { type: 'string' },
    at: { ...schemas.instant, type: ['string', 'null'] },
    compared: schemas.count,
    differences: schemas.count,
    waiting: {
      ...schemas.count,
      description: 'Aggregates whose newest event stood before a hop then: no differences.',
    },
    trouble: orNull('string'),
  }),
};

const standstill: JsonSchema = {
  title: 'Standstill',
  description: 'What holds events up. `null`: nothing does, as far as is known.',
  ...objectOf({
    hop: { enum: hopNames },
    cause: { type: 'string', description: 'What is wrong.' },
    behind: { type: 'string', description: 'Behind what events wait: `the paused connector`.' },
    cure: { ...orNull('string'), description: 'A command that ends it, or what does by itself.' },
    since: {
      ...schemas.instant,
      type: ['string', 'null'],
      description: 'Nothing that was committed later has come through.',
    },
  }),
  type: ['object', 'null'],
};

/** Describes the routes of `pipelineRoutes`. */
export const pipelineOperations: Operations = {
  'GET /api/pipeline': {
    operationId: 'getPipeline',
    summary: 'How the pipeline does, hop by hop',
    description:
      'From the outbox to the views: state, rate and lag of each hop. While the relay keeper does not answer, the ' +
      'hops before the consumer are `unknown`.',
    responses: {
      200: answers(
        'The state of each hop at this moment.',
        {
          title: 'Pipeline',
          ...objectOf({
            at: schemas.instant,
            state: { ...state, description: 'The worst of all hops.' },
            hops: { type: 'array', minItems: hopNames.length, items: hop },
            standstill,
            asOf: { ...schemas.instant, type: ['string', 'null'] },
            staleSeconds: { ...orNull('number'), description: 'Seconds since `asOf`.' },
            stale: {
              ...orNull('string'),
              description: 'Why answers are older than `VIEWS_STALE_AFTER_SECONDS`.',
            },
            openDeadLetters: schemas.count,
            comparisons: {
              type: ['array', 'null'],
              description: '`null`: the relay keeper does not answer.',
              items: comparison,
            },
            changes: {
              ...schemas.count,
              description: 'Another number: an answer about sales may have changed.',
            },
          }),
        },
        freshness,
      ),
    },
  },
};

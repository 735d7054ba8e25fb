import {
  answers,
  type JsonSchema,
  notNow,
  type Operation,
  type Operations,
  refusesBy,
} from 'service-kit/openapi/operation';
import { freshness, period, schemas } from '../views/description';
import { maxCategories, maxHours } from './routes';

/** What an answer from the views' tables may be. @param refusals in words, by status */
function viewAnswers(
  description: string,
  schema: JsonSchema,
  refusals: Readonly<Record<number, string>> = {},
): Operation['responses'] {
  return {
    200: answers(description, schema, freshness),
    ...refusesBy(refusals, freshness),
    503: notNow('The views cannot be read now: `code` is `views-not-readable`.', freshness),
  };
}

/** What `overviewRoutes` takes and answers. */
export const overviewOperations: Operations = {
  'GET /api/analytics/categories': {
    operationId: 'listCategories',
    summary: 'What each category sold',
    description: `By revenue, the highest first; the first ${maxCategories}.`,
    responses: viewAnswers('The categories and their revenue.', {
      type: 'array',
      maxItems: maxCategories,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['category', 'totalRevenue'],
        properties: { category: { type: 'string' }, totalRevenue: schemas.total },
      },
    }),
  },
  'GET /api/analytics/sales-over-time': {
    operationId: 'getSalesOverTime',
    summary: 'What all products together sold in each hour',
    description: `Windows of one UTC hour whose start lies in [start, end), at most ${maxHours}; hours without sales have none.`,
    parameters: period,
    responses: viewAnswers(
      'The hours, in order.',
      {
        type: 'array',
        maxItems: maxHours,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['windowStart', 'windowEnd', 'units', 'totalSales'],
          properties: {
            windowStart: schemas.instant,
            windowEnd: schemas.instant,
            units: schemas.count,
            totalSales: schemas.total,
          },
        },
      },
      {
        400: 'A time is missing or is none.',
        422: '`start` is after `end`, or the period is too long.',
      },
    ),
  },
  'GET /api/analytics/orders-per-minute': {
    operationId: 'getOrdersPerMinute',
    summary: 'How many orders were counted in each of the last minutes',
    description:
      'By the time at which their events were first applied here, not by `placedAt`; kept in memory since this ' +
      'process started.',
    responses: {
      200: answers(
        'The last hour, or since `since`. The last minute is under way.',
        {
          type: 'object',
          additionalProperties: false,
          required: ['since', 'minutes'],
          properties: {
            since: schemas.instant,
            minutes: {
              type: 'array',
              maxItems: 60,
              items: {
                type: 'object',
                additionalProperties: false,
                required: ['minute', 'orders'],
                properties: { minute: schemas.instant, orders: schemas.count },
              },
            },
          },
        },
        freshness,
      ),
    },
  },
};

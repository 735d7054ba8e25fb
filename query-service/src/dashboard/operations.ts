import { answers, objectOf, type Operations } from 'service-kit/openapi/operation';
import { freshness, period, periodRefusal, schemas, viewOperation } from '../views/description';
import { maxCategories, maxHours } from './routes';

/** Describes the routes of `overviewRoutes`. */
export const overviewOperations: Operations = {
  'GET /api/analytics/categories': viewOperation({
    operationId: 'listCategories',
    summary: 'What each category sold',
    description: `By revenue, the highest first; the first ${maxCategories}.`,
    parameters: [
      {
        name: 'category',
        in: 'query',
        description:
          'Only this one, if there is such a category: for one that the path of a URL cannot name, or a proxy ' +
          'on the way does not let through.',
        schema: { type: 'string' },
        example: 'Electronics',
      },
    ],
    answer: 'The categories and their revenue.',
    schema: {
      type: 'array',
      maxItems: maxCategories,
      items: objectOf({ category: { type: 'string' }, totalRevenue: schemas.total }),
    },
  }),
  'GET /api/analytics/sales-over-time': viewOperation({
    operationId: 'getSalesOverTime',
    summary: 'What all products together sold in each hour',
    description: `Windows of one UTC hour whose start lies in [start, end), at most ${maxHours}; hours without sales have none.`,
    parameters: period,
    answer: 'The hours, in order.',
    schema: {
      type: 'array',
      maxItems: maxHours,
      items: objectOf({
        windowStart: schemas.instant,
        windowEnd: schemas.instant,
        units: schemas.count,
        totalSales: schemas.sumOfTotals,
      }),
    },
    refusals: {
      422: [
        '`start` is after `end`, or the period is too long.',
        {
          ...periodRefusal[422][1],
          'too-many-hours': `at most ${maxHours} hours at once`,
        },
      ],
    },
  }),
  'GET /api/analytics/orders-per-minute': {
    operationId: 'getOrdersPerMinute',
    summary: 'How many orders were counted in each of the last minutes',
    description:
      'By the time at which their events were first applied here, not by `placedAt`; kept in memory since this ' +
      'process started.',
    responses: {
      200: answers(
        'The last hour, or since `since`. The last minute is under way.',
        objectOf({
          since: schemas.instant,
          minutes: {
            type: 'array',
            maxItems: 60,
            items: objectOf({ minute: schemas.instant, orders: schemas.count }),
          },
        }),
        freshness,
      ),
    },
  },
};

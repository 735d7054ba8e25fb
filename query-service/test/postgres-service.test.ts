import { keepHomesInPostgres } from './support/homes';

keepHomesInPostgres();

// What these guarantee, whichever store keeps the views.
describe.each([
  'another-history',
  'compression',
  'consumption',
  'openapi',
  'overview',
  'parked',
  'projection-version',
  'read-your-writes',
  'rebuild',
  'snapshot',
  'stale',
  'totals-kafka',
  'truncated',
  'undecodable',
  'unended-transaction',
])('in PostgreSQL, %s', (name) => {
  jest.requireActual(`./${name}.test`);
});

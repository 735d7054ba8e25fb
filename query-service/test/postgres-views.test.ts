import { defaultAggregates } from '../src/model/aggregates';
import { PostgresViewStore } from '../src/store/postgres/postgres-view-store';
import { keepViewsBy } from './support/views';
import { startViewsServer, type ViewsServer } from './support/views-database';

let server: ViewsServer;
beforeAll(async () => {
  server = await startViewsServer();
});
afterAll(() => server.stop());

const schemas = new Map<string, string>();

keepViewsBy(async (home, views) => {
  const { host, port, database, user, password } = server;
  const known = schemas.get(home);
  const schema = known ?? `views_${schemas.size}`;
  const where = { login: { host, port, database, user, password }, schema };
  const kept = { views, version: 1, topics: defaultAggregates };
  if (known === undefined) await PostgresViewStore.create(where, kept);
  schemas.set(home, schema);
  return PostgresViewStore.open(where, kept);
});

// What these guarantee, whichever store keeps the views.
describe.each(['views', 'reads', 'dead-letters', 'dead-letter-rules', 'refused'])(
  'in PostgreSQL, %s',
  (name) => {
    jest.requireActual(`./${name}.test`);
  },
);

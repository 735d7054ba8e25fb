import { createPool } from 'service-kit/postgres';
import { defaultAggregates } from '../../src/model/aggregates';
import { PostgresViewStore } from '../../src/store/postgres/postgres-view-store';
import { views } from '../../src/views/views';
import { startViewsServer, type ViewsServer } from '../support/views-database';
import { answersOf } from './answers';
import type { Target } from './simulate';

export interface PostgresTarget extends Target {
  readonly store: PostgresViewStore;
  readonly server: ViewsServer;
  /** Another member on the same schema. The caller closes it. */
  join(isolation?: 'SERIALIZABLE'): Promise<PostgresViewStore>;
  /** Ends connections of members, whatever they are at: about this share of them. */
  killBackends(share: number): Promise<number>;
}

const schema = 'simulated';

/** The views in a PostgreSQL of their own. */
export async function openPostgresTarget(): Promise<PostgresTarget> {
  const server = await startViewsServer();
  const { host, port, database, user, password } = server;
  const where = { login: { host, port, database, user, password }, schema };
  let failing: number | null = null;
  const interruptible = views.map((view, index) => ({
    ...view,
    rows: (changes: Parameters<typeof view.rows>[0]) => {
      // What was written before it must not stay.
      if (failing === index) throw new Error('failpoint apply-view');
      return view.rows(changes);
    },
  }));
  const kept = { views: interruptible, version: 1, topics: defaultAggregates };
  await PostgresViewStore.create(where, kept);
  const store = await PostgresViewStore.open(where, kept);
  const operator = createPool(where.login, {
    ...{ applicationName: 'test', connectTimeoutMs: 10_000, schema, numbers: true, max: 1 },
  });
  const { rows: tables } = await operator.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = '${schema}'::regnamespace
       AND relkind = 'r' AND relname <> 'origin'`,
  );
  const erase = `
    DELETE FROM ${tables.map(({ name }) => name).join('; DELETE FROM ')};
    UPDATE origin SET source_id = NULL, cluster_id = NULL`;

  return {
    store,
    server,
    viewCount: views.length,
    failBehind: (view) => {
      failing = view;
    },
    erase: async () => {
      await operator.query(erase);
    },
    answers: () => answersOf(store.reader),
    join: (isolation) =>
      PostgresViewStore.open({ ...where, ...(isolation && { isolation }) }, kept),
    killBackends: async (share) => {
      const { rowCount } = await operator.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'query-service' AND random() < $1`,
        [share],
      );
      return rowCount ?? 0;
    },
    close: async () => {
      await operator.end();
      await store.close();
      await server.stop();
    },
  };
}

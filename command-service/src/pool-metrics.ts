import { Gauge, type Registry } from 'prom-client';
import { gaugesOf } from 'service-kit/gauges';
import { type Database, poolSize } from './database';

/** The pool of connections to PostgreSQL, by OpenTelemetry's names, read when `/metrics` is asked for. */
export function poolMetrics(registry: Registry, database: Pick<Database, 'connections'>): void {
  const registers = [registry];
  new Gauge({
    name: 'db_client_connection_count',
    help: 'Open connections to PostgreSQL: used by a request, or idle',
    labelNames: ['state'],
    registers,
    collect() {
      const { used, idle } = database.connections();
      this.set({ state: 'used' }, used);
      this.set({ state: 'idle' }, idle);
    },
  });
  gaugesOf(registry)(
    'db_client_connection_pending_requests',
    'Requests that wait for a connection: above 0 for long, the pool is too small or the database slow',
    () => database.connections().waiting,
  );
  new Gauge({
    name: 'db_client_connection_max',
    help: 'Connections that the pool may open',
    registers,
  }).set(poolSize);
}

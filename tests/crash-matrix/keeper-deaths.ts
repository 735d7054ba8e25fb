import { until } from 'local/until';
import { failpoints } from '../../debezium/src/failpoints';
import { keeperPoints } from './keeper-points';
import type { Mortal } from './mortal';
import { expectEqual } from './equal';
import type { Death } from './point';
import type { CommandService, QueryService, Servers } from './servers';

const deadlineMs = 90_000;

export type KeeperPoint = keyof typeof keeperPoints;
export const keeperDeaths = Object.keys(keeperPoints) as KeeperPoint[];

/** A keeper that purges everything a second after it was relayed. */
export const purging = { OUTBOX_RETENTION_HOURS: String(1 / 3_600) };

/** Those that a keeper passes at its first start, in their order. */
const atStart: KeeperPoint[] = [
  failpoints.topicsCreated,
  failpoints.connectorPut,
  failpoints.watermarkWritten,
  failpoints.watermarksPurged,
];

/** Kills the relay keeper at each of its points, one after the other: it is one for the whole system. */
export class KeeperMatrix {
  private readonly deaths = new Map<string, Death | Error>();

  constructor(
    private readonly servers: Servers,
    private readonly keeper: Mortal,
    private readonly purgingKeeper: Mortal,
  ) {}

  deathAt(point: KeeperPoint): Death {
    const death = this.deaths.get(point);
    if (death === undefined) throw new Error('it did not come to that');
    if (death instanceof Error) throw death;
    return death;
  }

  /** On servers that no keeper has seen yet. Ends with one that is ready. */
  async firstStarts(): Promise<void> {
    const died: [KeeperPoint, number][] = [];
    for (const point of atStart) {
      await this.keeper.launch(`${point}=kill`);
      await this.keeper.diedAtFailpoint(point);
      died.push([point, performance.now() - this.keeper.sinceDeath]);
    }
    await this.keeper.start();
    const readyAt = performance.now();
    for (const [point, diedAt] of died) {
      const { passedBy } = keeperPoints[point];
      const ms = readyAt - diedAt;
      this.deaths.set(point, { point, passedBy: passedBy[0] ?? '', servesMs: ms, equalMs: ms });
    }
  }

  /** Never rejects: `deathAt` does. */
  async run(commands: CommandService, views: QueryService): Promise<void> {
    const die = async (point: KeeperPoint, work: () => Promise<Mortal>): Promise<void> => {
      try {
        const { passedBy } = keeperPoints[point];
        const keeper = await work();
        await keeper.diedAtFailpoint(point);
        await keeper.start();
        const servesMs = keeper.sinceDeath;
        await this.relayed(commands, views);
        const equalMs = keeper.sinceDeath;
        this.deaths.set(point, { point, passedBy: passedBy[0] ?? '', servesMs, equalMs });
      } catch (error) {
        this.deaths.set(point, error as Error);
      }
    };
    await die(failpoints.connectorRestarted, () => this.failTask());
    await die(failpoints.slotDropped, () => this.loseSlot(commands));
    await this.keeper.kill();
    const { purgeRead, purgeDeleted, purgePassEnded } = failpoints;
    for (const point of [purgeRead, purgeDeleted, purgePassEnded] as const) {
      await die(point, () => this.purge(commands, point));
      // What it goes on deleting would be the next point's.
      await this.purgingKeeper.kill();
    }
  }

  private async failTask(): Promise<Mortal> {
    await this.keeper.arm(failpoints.connectorRestarted);
    await this.servers.sql('ALTER ROLE relay NOLOGIN');
    await this.servers.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'relay'`,
    );
    try {
      await this.keeper.diedAtFailpoint(failpoints.connectorRestarted);
    } finally {
      await this.servers.sql('ALTER ROLE relay LOGIN');
    }
    return this.keeper;
  }

  private async loseSlot(commands: CommandService): Promise<Mortal> {
    await this.keeper.kill();
    await this.connector('stop');
    await order(commands);
    // Segments without content need not be filled with zeros first.
    await this.servers.sql('ALTER SYSTEM SET wal_init_zero = off');
    await this.servers.sql('SELECT pg_reload_conf()');
    await until(async () => {
      await this.servers.sql(`
        DO $$ BEGIN
          FOR segment IN 1..8 LOOP
            PERFORM pg_logical_emit_message(false, 'test', 'so that the segment is not empty');
            PERFORM pg_switch_wal();
          END LOOP;
        END $$`);
      await this.servers.sql('CHECKPOINT');
      const [slot] = await this.servers.sql<{ status: string }>(
        `SELECT wal_status AS status FROM pg_replication_slots WHERE slot_name = 'relay'`,
      );
      if (slot?.status !== 'lost') throw new Error(`the slot is ${slot?.status}`);
    }, deadlineMs);
    await this.connector('resume');
    await this.keeper.launch(`${failpoints.slotDropped}=kill`);
    return this.keeper;
  }

  private async purge(commands: CommandService, point: KeeperPoint): Promise<Mortal> {
    await order(commands);
    await this.purgingKeeper.launch(`${point}=kill`);
    await this.purgingKeeper.diedAtFailpoint(point);
    const [outbox] = await this.servers.sql<{ rows: number }>(
      'SELECT count(*)::int AS rows FROM outbox',
    );
    if (point === failpoints.purgeRead) expect(outbox?.rows).toBeGreaterThan(0);
    return this.purgingKeeper;
  }

  private async connector(what: 'stop' | 'resume'): Promise<void> {
    await until(async () => {
      const url = `${this.servers.connect.url}/connectors/outbox-relay/${what}`;
      const { ok, status } = await fetch(url, { method: 'PUT' });
      if (!ok) throw new Error(`${url}: ${status}`);
    }, deadlineMs);
  }

  /** An order goes all the way, and nothing is missing. */
  private async relayed(commands: CommandService, views: QueryService): Promise<void> {
    await order(commands);
    await expectEqual(views.admin, this.servers);
  }
}

async function order({ url }: CommandService): Promise<void> {
  const answer = await fetch(`${url}/api/orders`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ customerId: 1, items: [{ productId: 1, quantity: 1, price: 1 }] }),
  });
  expect(answer.status).toBe(201);
}

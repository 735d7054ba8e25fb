import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from 'local/until';
import { failpoints } from '../../debezium/src/failpoints';
import { keeperPoints, standing, start } from './keeper-points';
import type { Mortal } from './mortal';
import { expectEqual } from './equal';
import type { Death } from './point';
import type { CommandService, QueryService, Servers } from './servers';

const deadlineMs = 90_000;

type KeeperPoint = keyof typeof keeperPoints;
export const keeperDeaths = Object.keys(keeperPoints) as KeeperPoint[];

/** A keeper that purges everything a second after it was relayed. */
export const purging = { OUTBOX_RETENTION_HOURS: String(1 / 3_600) };

/** Those that a keeper passes at its first start, in their order. */
const atStart = keeperDeaths.filter((point) => keeperPoints[point].passedBy.includes(start));

/** Those that it passes at a start before a stopped connector. */
const atStop = keeperDeaths.filter((point) => keeperPoints[point].passedBy.includes(standing));
const atTimeline = keeperDeaths.filter((point) =>
  keeperPoints[point].passedBy.includes('another timeline'),
);
const atPurge = keeperDeaths.filter((point) => keeperPoints[point].passedBy.includes('purge'));

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
    await this.die(atStart, (point) => this.launchUntilDead(point));
  }

  /** Never rejects: `deathAt` does. */
  async run(commands: CommandService, views: QueryService): Promise<void> {
    const goesOn = (): Promise<void> => this.relayed(commands, views);
    await this.die([failpoints.connectorRestarted], () => this.failTask(), goesOn);
    await this.die(['measure-outbox-flow'], (point) => this.askForPipeline(point), goesOn);
    await this.die(['drop-idle-slot'], (point) => this.deleteConnector(point), goesOn);
    await this.die(
      atStop,
      async (point) => {
        await this.stopConnector();
        return this.launchUntilDead(point);
      },
      async () => {
        await this.connector('resume');
        await goesOn();
      },
    );
    await this.die(['find-slot-beside-snapshot'], (point) => this.resume(point), goesOn);
    await this.die(
      ['drop-slot-beside-snapshot'],
      (point) => this.loseOffsets(commands, point),
      goesOn,
    );
    for (const point of atTimeline) {
      await this.die(
        [point],
        () => this.beginTimeline(point),
        async () => {
          // Commands are refused until then.
          await this.keeper.untilReady();
          await goesOn();
        },
      );
    }
    await this.die(
      ['refuse-history'],
      (point) => this.pretendToBeBehind(point),
      async () => {
        await this.beAsBefore();
        await goesOn();
      },
    );
    await this.die(['drop-lost-slot'], (point) => this.loseSlot(commands, point), goesOn);
    await this.keeper.kill();
    for (const point of atPurge) {
      await this.die([point], () => this.purge(commands, point), goesOn);
      // What it goes on deleting would be the next point's.
      await this.purgingKeeper.kill();
    }
  }

  /**
   * Has a keeper die at each of these points, then start and be ready once, and notes how long that took from each death.
   *
   * @param kill what makes it pass the point
   * @param mend what the relay has to do then, from the start of the keeper on
   */
  private async die(
    points: readonly KeeperPoint[],
    kill: (point: KeeperPoint) => Promise<Mortal>,
    mend: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    try {
      const died: { point: KeeperPoint; at: number }[] = [];
      let keeper = this.keeper;
      for (const point of points) {
        keeper = await kill(point);
        await keeper.diedAtFailpoint(point);
        died.push({ point, at: performance.now() - keeper.sinceDeath });
      }
      await keeper.launch();
      const mending = mend();
      mending.catch(() => undefined);
      await keeper.untilReady();
      const readyAt = performance.now();
      await mending;
      const equalAt = performance.now();
      for (const { point, at } of died) {
        const passedBy = keeperPoints[point].passedBy[0] ?? '';
        this.deaths.set(point, {
          point,
          passedBy,
          servesMs: readyAt - at,
          equalMs: equalAt - at,
        });
      }
    } catch (error) {
      for (const point of points) this.deaths.set(point, error as Error);
    }
  }

  private async launchUntilDead(point: KeeperPoint): Promise<Mortal> {
    await this.keeper.launch(`${point}=kill`);
    await this.keeper.diedAtFailpoint(point);
    return this.keeper;
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

  private async askForPipeline(point: KeeperPoint): Promise<Mortal> {
    await this.keeper.arm(point);
    const { ready = '' } = this.keeper.program;
    await expect(fetch(ready.replace('/health/ready', '/pipeline'))).rejects.toThrow();
    return this.keeper;
  }

  private async deleteConnector(point: KeeperPoint): Promise<Mortal> {
    await this.keeper.arm(point);
    await this.connect('DELETE', '');
    return this.keeper;
  }

  /** Ends with a slot that nobody reads. A stopped connector stays so. */
  private async stopConnector(): Promise<void> {
    await this.keeper.kill();
    await this.connector('stop');
    await until(async () => {
      const slots = await this.servers.sql('SELECT FROM pg_replication_slots WHERE NOT active');
      if (slots.length !== 1) throw new Error('the slot is still read');
    }, deadlineMs);
  }

  /** From the resumption until the connector reads its slot, the keeper looks whether it takes a snapshot beside it. */
  private async resume(point: KeeperPoint): Promise<Mortal> {
    await this.stopConnector();
    await this.keeper.launch(`${point}=kill`);
    // It has to look by then, and its own start may take longer than the connector's.
    await until(() => fetch(this.keeper.program.ready ?? ''), deadlineMs);
    await this.connector('resume');
    return this.keeper;
  }

  /** The connector takes a snapshot beside its slot, and an order is placed while it does. */
  private async loseOffsets(commands: CommandService, point: KeeperPoint): Promise<Mortal> {
    await this.stopConnector();
    // So that the snapshot lasts longer than the time between two looks: copies of an event, which count nothing.
    await this.servers.sql(
      `INSERT INTO outbox
       SELECT gen_random_uuid(), aggregatetype, aggregateid, type, payload, topic, aggregateversion,
              schemaversion, sourceid, traceparent, occurredat
       FROM (SELECT * FROM outbox WHERE aggregatetype = 'order' ORDER BY id LIMIT 1) AS one,
            generate_series(1, 100000)`,
    );
    await this.connect('DELETE', '/offsets');
    await this.keeper.launch(`${point}=kill`);
    await this.connector('resume');
    await this.keeper.diedAtFailpoint(point);
    await order(commands);
    return this.keeper;
  }

  /** PostgreSQL recovers to the end of its log, as to a point in time: it loses nothing, and is on another timeline. */
  private async beginTimeline(point: KeeperPoint): Promise<Mortal> {
    const { postgres } = this.servers;
    await this.keeper.kill();
    await this.servers.sql(`ALTER SYSTEM SET restore_command = 'false'`);
    await postgres.kill();
    writeFileSync(join(postgres.data, 'recovery.signal'), '');
    await postgres.restart();
    await this.keeper.launch(`${point}=kill`);
    return this.keeper;
  }

  private offsets: { offsets: { offset: Record<string, unknown> }[] } = { offsets: [] };

  /** Connect's position lies beyond the end of the log, as where a data folder was copied back. */
  private async pretendToBeBehind(point: KeeperPoint): Promise<Mortal> {
    await this.stopConnector();
    const url = `${this.servers.connect.url}/connectors/outbox-relay/offsets`;
    this.offsets = (await (await fetch(url)).json()) as typeof this.offsets;
    await this.putOffsets((offset) => ({ ...offset, lsn_commit: 2 ** 50, lsn: 2 ** 50 }));
    await this.keeper.launch(`${point}=kill`);
    return this.keeper;
  }

  private async beAsBefore(): Promise<void> {
    await this.putOffsets((offset) => offset);
    await this.servers.sql(
      `SELECT accept_history(system_identifier, timeline, outbox, 'as before', 0) FROM present_history()`,
    );
    await this.connector('resume');
  }

  private async putOffsets(
    change: (offset: Record<string, unknown>) => Record<string, unknown>,
  ): Promise<void> {
    const offsets = this.offsets.offsets.map((one) => ({ ...one, offset: change(one.offset) }));
    await until(async () => {
      const url = `${this.servers.connect.url}/connectors/outbox-relay/offsets`;
      const headers = { 'Content-Type': 'application/json' };
      const body = JSON.stringify({ offsets });
      const answer = await fetch(url, { method: 'PATCH', headers, body });
      if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
    }, deadlineMs);
  }

  private async loseSlot(commands: CommandService, point: KeeperPoint): Promise<Mortal> {
    await this.stopConnector();
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
    await this.keeper.launch(`${point}=kill`);
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

  private connector(what: 'stop' | 'resume'): Promise<void> {
    return this.connect('PUT', `/${what}`);
  }

  /** Asks Connect for something about the connector, until it does so. */
  private async connect(method: 'PUT' | 'DELETE', path: string): Promise<void> {
    await until(async () => {
      const url = `${this.servers.connect.url}/connectors/outbox-relay${path}`;
      const { ok, status } = await fetch(url, { method });
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

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { query } from 'local/query';
import { Database, OPEN_READWRITE } from 'sqlite3';
import type { FaultSystem } from '../system';
import type { Plant } from './plant';

const reset = 'connector: its offsets reset';
const killQuery = 'kill: query-service';

export const plants: readonly Plant[] = [
  {
    name: 'no-version-check',
    bug: 'an event counts again when it comes again',
    patches: [
      {
        file: 'query-service/src/model/changes.ts',
        from: 'if (event.version <= before.version) continue;',
        to: '',
      },
      // Without this, the next version would mostly set right what an old one did.
      {
        file: 'query-service/src/model/changes.ts',
        from: 'const sign = signOf(change);',
        to: 'const sign = Number(isCounted(status)) - Number(event.version > before.version && isCounted(before.status));',
      },
    ],
    faults: ['event: out of order and repeated', reset],
    breaks: ['B', 'C', 'F'],
  },
  {
    name: 'key-not-stored',
    bug: 'the answer to an Idempotency-Key is not kept',
    patches: [
      {
        file: 'command-service/src/idempotency/once.ts',
        from: 'if (!(await storeAnswer(sql, request, answer, liveMs))) throw underWay(request);',
        to: '',
      },
      {
        file: 'command-service/src/orders/place-orders-statement.ts',
        from: 'WHERE key IS NOT NULL',
        to: 'WHERE false',
      },
    ],
    faults: [],
    breaks: ['A'],
  },
  {
    name: 'float-money',
    bug: 'money in events is read as a double',
    patches: [
      {
        file: 'contracts/src/money.ts',
        from: 'return cents as Cents;',
        to: 'return Math.trunc(Number(text) * 100) as Cents;',
      },
    ],
    faults: [],
    breaks: ['B', 'F'],
  },
  {
    name: 'cancelled-counts',
    bug: 'a cancelled order stays counted',
    patches: [
      {
        file: 'query-service/src/model/changes.ts',
        from: 'status !== null && isSale(status);',
        to: 'status !== null && (isSale(status) || true);',
      },
    ],
    faults: [],
    breaks: ['B', 'C'],
  },
  {
    name: 'any-status',
    bug: 'an order may become anything',
    patches: [
      {
        file: 'command-service/src/orders/decide.ts',
        from: "return transitions[order.status].includes(request.status) ? 'change' : 'conflict';",
        to: "return 'change';",
      },
    ],
    // Only a request that must be refused shows it: one in many.
    faults: Array<string>(4).fill('slow: relay-keeper → kafka'),
    // The refused request is told of by its answer, or by what the views then lack, whichever is looked at first.
    breaks: ['A', 'F'],
  },
  {
    name: 'outbox-row-lost',
    bug: 'the outbox loses every seventh event',
    prepare: trigger(
      `IF nextval('planted') % 7 = 0 THEN DELETE FROM outbox WHERE id = NEW.id; END IF`,
    ),
    faults: [],
    breaks: ['A'],
  },
  {
    name: 'event-twice',
    bug: 'some changes write two events, the second with a version of its own',
    prepare: trigger(`
      IF nextval('planted') % 7 = 0 AND pg_trigger_depth() = 1 THEN
        NEW.id := gen_random_uuid();
        NEW.aggregateversion := NEW.aggregateversion + 1;
        INSERT INTO outbox SELECT NEW.*;
      END IF`),
    faults: [],
    breaks: ['A', 'C', 'F'],
  },
  {
    name: 'trusted-slot',
    bug: 'the connector takes a new slot for the old one',
    patches: [
      {
        file: 'debezium/outbox-relay.json',
        from: '"offset.mismatch.strategy": "trust_offset"',
        to: '"offset.mismatch.strategy": "trust_greater_lsn"',
      },
      // So slow to come back that events are written in between.
      {
        file: 'debezium/outbox-relay.json',
        from: '"slot.retry.delay.ms": "1000"',
        to: '"slot.retry.delay.ms": "5000"',
      },
    ],
    faults: ['slot: invalidated', 'slot: dropped'],
    breaks: ['B', 'F'],
  },
  {
    name: 'offsets-first',
    bug: 'offsets are stored in a transaction of their own, before the views',
    patches: [
      {
        file: 'query-service/src/store/sqlite/sqlite-view-store.ts',
        from: 'const script = await scriptInPieces(statementsOf(step, this.views, written));',
        to: `const statements = [...statementsOf(step, this.views, written)];
    const offsets = statements.findIndex((one) => typeof one === 'object' && one.sql.includes('INTO partition_progress'));
    await this.transaction(scriptOf(statements.splice(offsets, 1)));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const script = await scriptInPieces(statements);`,
      },
    ],
    faults: [killQuery, killQuery, killQuery],
    breaks: ['B', 'F'],
  },
  {
    name: 'offsets-not-stored',
    bug: 'offsets are not stored, and an event is applied whatever its version',
    patches: [
      {
        file: 'query-service/src/store/sqlite/step.ts',
        from: 'rows: step.progress.map((at) => [at.topic, at.partition, at.offset, at.eventId]),',
        to: 'rows: [],',
      },
      {
        file: 'query-service/src/model/changes.ts',
        from: 'if (event.version <= before.version) continue;',
        to: '',
      },
    ],
    faults: [],
    breaks: ['D'],
  },
  {
    name: 'dead-letter-dropped',
    bug: 'what cannot be read is skipped',
    patches: [
      {
        file: 'query-service/src/apply/batch.ts',
        from: 'parked.push({ record, reason });\n      unreadable++;',
        to: 'unreadable++;',
      },
    ],
    faults: ['event: of an unknown type'],
    breaks: ['F'],
  },
  {
    name: 'as-of-too-early',
    bug: 'answers are as of a watermark as soon as it is read, whatever is still to be read',
    patches: [
      {
        file: 'query-service/src/consumer/watermarks.ts',
        from: 'this.waiting.findLastIndex(({ ends }) => this.positions.behind(ends) === 0)',
        to: 'this.waiting.length - 1',
      },
      {
        file: 'query-service/src/consumer/consumer.ts',
        from: 'await this.queue.add(',
        to: 'await new Promise((resolve) => setTimeout(resolve, 400)); await this.queue.add(',
      },
    ],
    faults: ['slow: query-service → kafka'],
    breaks: ['F'],
  },
  {
    name: 'no-strays',
    bug: 'one event of another database halts consumption',
    patches: [
      {
        file: 'query-service/src/apply/batch.ts',
        from: 'export const mostStrays = 10;',
        to: 'export const mostStrays = 0;',
      },
    ],
    faults: ['event: of another source'],
    breaks: ['F'],
  },
  {
    name: 'rebuild-trusted',
    bug: 'a file filled anew, in the place of one that was lost, is taken for complete',
    patches: [
      {
        file: 'query-service/src/rebuild/rebuilds.ts',
        from: "await this.home.verification.begin('a file that could not be relied on was filled anew');",
        to: '',
      },
    ],
    faults: ['topic: deleted with the file of the views'],
    breaks: ['F'],
  },
  {
    name: 'stable-ends',
    bug: 'ends of partitions are told as if an open transaction were the end',
    patches: [
      {
        file: 'kafka-client/src/high-watermarks.ts',
        from: 'const readUncommitted = 0;',
        to: 'const readUncommitted = 1;',
      },
    ],
    faults: ['transaction: left open'],
    // A cancellation that stands behind the transaction is missing as much as an order.
    breaks: ['C', 'F'],
  },
  {
    name: 'settings-of-the-role',
    bug: "how PostgreSQL writes dates is left to the role's settings",
    patches: [
      {
        file: 'service-kit/src/postgres.ts',
        from: "  DateStyle: 'ISO,MDY',\n",
        to: '',
      },
    ],
    faults: ['session: hostile settings of command_service'],
    breaks: ['A', 'E'],
  },
  {
    name: 'partitions-of-the-start',
    bug: 'partitions that were added are noticed after five minutes',
    patches: [
      {
        file: 'query-service/src/consumer/client.ts',
        from: 'const metadataMaxAgeMs = 2_000;',
        to: 'const metadataMaxAgeMs = 300_000;',
      },
    ],
    faults: ['topic: has one partition more'],
    breaks: ['E', 'F'],
  },
  {
    name: 'highest-watermark',
    bug: 'answers are as of the highest watermark, not the last',
    patches: [
      {
        file: 'query-service/src/consumer/watermarks.ts',
        from: 'this.reached = { watermark,',
        to: `const before = this.reached?.watermark ?? '';
    if (before > watermark) watermark = before;
    this.reached = { watermark,`,
      },
    ],
    faults: ['clock: postgres −1 h'],
    breaks: ['F'],
  },
  {
    name: 'old-is-current',
    bug: 'answers are called current, however old they are',
    patches: [
      {
        file: 'query-service/src/serving/serving-views.ts',
        from: "return this.stale === null ? 'current' : 'stale';",
        to: "return 'current';",
      },
    ],
    faults: ['connector: paused'],
    breaks: ['F'],
  },
  {
    name: 'resume-trusted',
    bug: 'after a resume nobody doubts that the new topic holds what the deleted one held',
    patches: [
      {
        file: 'query-service/src/replica.ts',
        from: "await this.home.verification.begin('`resume` has read the topics anew');",
        to: '',
      },
    ],
    faults: ['topic: deleted'],
    breaks: ['F'],
  },
  {
    name: 'lost-slot-kept',
    bug: 'the keeper does not drop a slot that PostgreSQL has invalidated',
    patches: [
      {
        file: 'debezium/src/slot.ts',
        from: "AND wal_status = 'lost'",
        to: "AND wal_status = 'never'",
      },
    ],
    faults: ['slot: invalidated'],
    breaks: ['E'],
  },
  {
    name: 'no-fence',
    bug: 'the outbox takes rows in a history that nobody has accepted',
    prepare: async ({ stack }) => {
      await query(stack.database, 'DROP TRIGGER fence ON outbox');
    },
    faults: ['postgres: promoted, the last seconds lost'],
    breaks: ['A'],
  },
  {
    name: 'judged-by-nothing',
    bug: 'whatever history PostgreSQL runs in, it is taken for one that goes on from Kafka',
    patches: [
      {
        file: 'debezium/src/history/judge.ts',
        from: "const lost = (why: string): Verdict => ({ kind: 'lost', why });",
        to: "const lost = (_why: string): Verdict => ({ kind: 'continued', keepsSlot: false });",
      },
    ],
    faults: ['postgres: promoted, the last seconds lost'],
    breaks: ['A', 'F'],
  },
  {
    name: 'damaged-file',
    bug: 'the file of the views has a page that nothing names',
    prepare: damage,
    faults: ['slow: query-service → kafka'],
    breaks: ['G'],
  },
];

/** After each event is written. */
function trigger(body: string): (system: FaultSystem) => Promise<void> {
  return async ({ stack }) => {
    await query(
      stack.database,
      `CREATE SEQUENCE planted;
       CREATE FUNCTION plant() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
       BEGIN ${body}; RETURN NULL; END $$;
       CREATE TRIGGER planted AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION plant();`,
    );
  };
}

async function damage({ viewsFolder }: FaultSystem): Promise<void> {
  const name = readFileSync(join(viewsFolder, 'current'), 'utf8').trim();
  const database = new Database(join(viewsFolder, name), OPEN_READWRITE);
  database.configure('busyTimeout', 10_000);
  await new Promise<void>((resolve, reject) => {
    database.exec(
      // A page that nothing names any more: reads and writes go on as before.
      `CREATE TABLE planted (x INTEGER);
       PRAGMA writable_schema = ON;
       DELETE FROM sqlite_schema WHERE name = 'planted';`,
      (error) => (error ? reject(error) : resolve()),
    );
  });
  await new Promise((resolve) => database.close(resolve));
}

import { closeSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultTopics } from 'contracts/topics';
import { runToEnd } from 'local/process';
import { query } from 'local/query';
import { checkout } from 'local/paths';
import type { Benchmark, Figure, Goal } from './benchmark';
import { alternate, type Sample } from './measure/rounds';
import { ratios } from './measure/statistics';
import { connectionVariables, requireProgram } from './peers/client-programs';
import type { ConsumerInput, ConsumerOutput } from './peers/kafkajs-consumer';
import { runChild } from './system/child';
import { resumeTasks, stopTasks } from './system/connector-tasks';
import type { RunningPart } from './system/running-part';
import type { System } from './system/system';
import { orderEventsIn, withAdmin, writtenOrderEvents } from './workload/topics';

const ours = 'relay';
const peer = 'pg_recvlogical';
const slot = 'bench';
const pollMs = 20;
const transactionSizes = [1, 1_000];

export const relay: Benchmark = {
  name: 'relay',
  title:
    '200,000 waiting outbox rows to Kafka, exactly-once source on, in transactions of 1 and of 1,000',
  comparedWith: 'pg_recvlogical reading the same publication',

  async run(bench) {
    bench.say(requireProgram('pg_recvlogical'));
    const system = await bench.createSystem();
    await Promise.all([system.startPostgres(), system.startKafka()]);
    const connect = await system.startConnect();
    await system.startRelayKeeper();
    await query(system.database, 'SELECT pg_create_logical_replication_slot($1, $2)', [
      slot,
      'pgoutput',
    ]);
    const rows = bench.scaled(200_000, 1_000);
    // The first rows meet code that is not compiled yet.
    await stopTasks(system);
    await insertRows(system, rows, 1_000);
    await relayAll(system, connect, rows);
    await receiveAll(system, rows);

    const goals: Goal[] = [];
    const figures: Figure[] = [];
    for (const size of transactionSizes) {
      bench.say(`in transactions of ${size}:`);
      const prepared = rowsOncePerRound(system, rows, size);
      const rounds = await alternate(
        [
          {
            name: ours,
            run: async (round) => {
              await prepared(round);
              return relayAll(system, connect, rows);
            },
          },
          {
            name: peer,
            run: async (round) => {
              await prepared(round);
              return receiveAll(system, rows);
            },
          },
        ],
        bench.rounds,
        bench.say,
      );
      goals.push({
        what: `rows/s in transactions of ${size}, of pg_recvlogical`,
        unit: '×',
        rounds: ratios(rounds.of(ours, 'rows/s'), rounds.of(peer, 'rows/s')),
        must: { atLeast: 0.5 },
        aim: { atLeast: 0.9 },
      });
      figures.push(
        ...rounds.figures().map((figure) => ({ ...figure, what: `${figure.what} (${size})` })),
      );
    }
    return { goals, figures };
  },
};

/** Each round has rows of its own, for both sides; whoever comes first has them written. */
function rowsOncePerRound(system: System, rows: number, size: number) {
  let written = -1;
  return async (round: number): Promise<void> => {
    if (round === written) return;
    written = round;
    await stopTasks(system);
    await insertRows(system, rows, size);
  };
}

async function insertRows(system: System, rows: number, size: number): Promise<void> {
  const sql = readFileSync(join(checkout, 'bench', 'sql', 'outbox-rows.sql'), 'utf8');
  await query(system.database, sql);
  await query(system.database, `CALL bench_write_outbox(${rows}, ${size})`);
}

/** Lets the connector go on and waits until all rows stand in Kafka, committed. */
async function relayAll(system: System, connect: RunningPart, rows: number): Promise<Sample> {
  const before = await orderEventsIn(system.bootstrapServers);
  const cpuBefore = connect.usage().cpuSeconds;
  await resumeTasks(system);
  const { seconds, records } = await watchTopic(system, before, rows);
  const cpu = connect.usage().cpuSeconds - cpuBefore;
  return {
    figures: { 'rows/s': rows / seconds, 'CPU µs/row': (cpu / rows) * 1e6 },
    totals: `${records} rows`,
  };
}

/**
 * From the last moment at which nothing had come to the first at which everything had. Offsets count
 * transaction markers, too: how many records they stand for is read afterwards.
 */
async function watchTopic(
  system: System,
  before: number,
  rows: number,
): Promise<{ seconds: number; records: number }> {
  return withAdmin(system.bootstrapServers, async (admin) => {
    const deadline = performance.now() + 600_000;
    let idleAt = performance.now();
    let newest = { end: before, at: idleAt };
    while (performance.now() < deadline) {
      const end = await writtenOrderEvents(admin);
      const now = performance.now();
      if (end === before) idleAt = now;
      if (end !== newest.end) newest = { end, at: now };
      // What the connector has written and no longer adds to: a second is many polls of it.
      if (end - before >= rows && now - newest.at > 1_000) {
        const records = await readAll(system, rows);
        return { seconds: (newest.at - idleAt) / 1000, records };
      }
      await sleep(pollMs);
    }
    throw new Error('the rows do not come to Kafka');
  });
}

let relayed = 0;

/** Reads the whole topic, committed records only. @returns how many have come since the last time */
async function readAll(system: System, expected: number): Promise<number> {
  const { records } = await runChild<ConsumerInput, ConsumerOutput>('peers/kafkajs-consumer', {
    bootstrapServers: system.bootstrapServers,
    topics: [defaultTopics.order],
    records: relayed + expected,
  });
  const fresh = records - relayed;
  relayed = records;
  return fresh;
}

/** pg_recvlogical, from its slot's position to the newest commit, into a file. */
async function receiveAll(system: System, rows: number): Promise<Sample> {
  const [row] = await query<{ lsn: string }>(
    system.database,
    'SELECT pg_current_wal_lsn()::text AS lsn',
  );
  const file = join(system.folder, 'received');
  const startedAt = performance.now();
  await runToEnd(
    {
      file: 'pg_recvlogical',
      args: [
        ...['--dbname', system.database.database],
        ...['--slot', slot, '--start', '--no-loop', '--endpos', row?.lsn ?? '0/0', '--file', file],
        ...['--option', 'proto_version=1', '--option', 'publication_names=relay'],
      ],
      env: { ...connectionVariables(system) },
    },
    join(system.folder, 'pg_recvlogical.log'),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const received = count(file, 'OrderCreated');
  rmSync(file);
  return { figures: { 'rows/s': rows / seconds }, totals: `${received} rows` };
}

/** How often a text stands in a file, which may be larger than memory is for. */
function count(file: string, text: string): number {
  const handle = openSync(file, 'r');
  const wanted = Buffer.from(text);
  const chunk = Buffer.alloc(1 << 24);
  let kept = 0;
  let found = 0;
  for (;;) {
    const read = readSync(handle, chunk, kept, chunk.length - kept, null);
    if (read === 0) break;
    const filled = chunk.subarray(0, kept + read);
    let at = filled.indexOf(wanted);
    let end = 0;
    for (; at >= 0; at = filled.indexOf(wanted, end)) {
      found++;
      end = at + wanted.length;
    }
    // What may be the beginning of one more.
    const from = Math.max(end, filled.length - wanted.length + 1);
    kept = filled.copy(chunk, 0, from);
  }
  closeSync(handle);
  return found;
}

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { ensureJars } from '../src/jars';
import { brokerIsReady, type KafkaOptions, prepareKafka } from '../src/parts/kafka';
import { isFenced } from '../src/parts/kafka-fence';
import { freePorts } from '../src/ports';
import { type RunningProcess, startProcess } from '../src/process';
import { until } from '../src/until';

let directory: string;
let options: KafkaOptions;
let broker: RunningProcess | undefined;

beforeAll(async () => {
  await ensureJars();
  directory = mkdtempSync(join(tmpdir(), 'kafka-fence-'));
  const [port = 0, controllerPort = 0] = await freePorts(2);
  options = { directory, port, controllerPort, isForThroughput: false };
});

afterAll(async () => {
  await kill();
  rmSync(directory, { recursive: true, force: true });
});

test('a killed broker does not take itself for the leader by its old registration', async () => {
  await start('first.log');
  await commitATransaction();
  await kill();

  await start('second.log');
  await commitATransaction();

  const log = readFileSync(join(directory, 'second.log'), 'utf8');
  // Once, by its new registration. Twice means that it also was one by the old: it may then have
  // declared transactions complete while all partitions were without a leader.
  expect(log.match(/Elected as the txn coordinator/g)).toHaveLength(1);
  expect(log).not.toContain('DUPLICATE_BROKER_REGISTRATION');
  expect(isFenced(readFileSync(join(directory, 'fence.log'), 'utf8'))).toBe(true);
});

test('a broker counts as fenced when the record of it is committed, not when it is announced or replayed', () => {
  const log = [
    'Replayed BrokerRegistrationChangeRecord(brokerId=1, brokerEpoch=7, fenced=1) of an earlier start',
    'Performing controller activation.',
    'Fencing broker 1 at epoch 20 because its session has timed out.',
    'Completing purgatory items up to offset 26 and epoch 2.',
    'Replayed BrokerRegistrationChangeRecord(brokerId=1, brokerEpoch=20, fenced=1, inControlledShutdown=0)',
    'Read-write operation maybeFenceStaleBroker(812748512) will be completed when the log reaches offset 27.',
    'Completing purgatory items up to offset 26 and epoch 2.',
    'Completing purgatory items up to offset 28 and epoch 2.',
  ];
  const seen = log.map((_, i) => isFenced(log.slice(0, i + 1).join('\n')));
  expect(seen).toEqual([...Array<boolean>(log.length - 1).fill(false), true]);
});

test('a broker that is stopped in order leads everything until its end', async () => {
  broker?.signal('SIGTERM');
  await broker?.exited;
  broker = undefined;
  const [, ending] = readFileSync(join(directory, 'second.log'), 'utf8').split('SIGTERM');
  expect(ending).toContain('Transition from SHUTTING_DOWN to SHUTDOWN');
  // Without a leader, transactions that are being committed count as complete without their markers.
  expect(ending).not.toContain('Current leader is -1');

  await start('after-stop.log');
  await commitATransaction();
  const next = readFileSync(join(directory, 'after-stop.log'), 'utf8');
  expect(next.match(/Elected as the txn coordinator/g)).toHaveLength(1);
});

test('a broker that was paused leads everything when it goes on', async () => {
  broker?.signal('SIGSTOP');
  // Longer than a cluster would wait before it gives the leadership to others.
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  broker?.signal('SIGCONT');
  await commitATransaction();

  expect(readFileSync(join(directory, 'after-stop.log'), 'utf8')).not.toContain('Fencing broker');
});

test('a killed broker whose registration has already expired starts all the same', async () => {
  await kill();
  // As if killed again before the broker itself was started.
  await prepareKafka(options, join(directory, 'prepare.log'));

  await start('third.log');

  await commitATransaction();
});

async function start(logName: string): Promise<void> {
  const logFile = join(directory, logName);
  broker = await startProcess(await prepareKafka(options, logFile), logFile);
  await until(() => brokerIsReady({ brokers: [`127.0.0.1:${options.port}`] }), 60_000);
}

async function kill(): Promise<void> {
  broker?.signal('SIGKILL');
  await broker?.exited;
  broker = undefined;
}

async function commitATransaction(): Promise<void> {
  const kafka = new Kafka({
    brokers: [`127.0.0.1:${options.port}`],
    logLevel: logLevel.NOTHING,
    retry: { retries: 20, maxRetryTime: 1_000 },
  });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'committed', numPartitions: 1 }] });
  await admin.disconnect();
  const producer = kafka.producer({
    transactionalId: 'test',
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic: 'committed', messages: [{ value: 'x' }] });
  await transaction.commit();
  await producer.disconnect();
}

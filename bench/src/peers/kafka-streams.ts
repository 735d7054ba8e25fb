import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { javaExecutable } from 'local/config';
import { mavenCommand } from 'local/maven';
import { checkout } from 'local/paths';
import { runToEnd, tail } from 'local/process';
import type { System } from '../system/system';
import type { LoadedTopics } from '../workload/loaded-topics';
import { withAdmin } from '../workload/topics';

const source = join(checkout, 'bench', 'kafka-streams');
const target = join(checkout, '.local', 'bench', 'kafka-streams');

/** What the application says of its run. */
interface StreamsRun {
  /** From the first order event processed until all three stores were right. */
  readonly seconds: number;
  readonly secondsFromStart: number;
  readonly cpuSeconds: number;
  /** Bytes; 0 where the system does not tell. */
  readonly peakMemory: number;
}

/** Compiles the application of bench/kafka-streams unless that has been done. @throws when Maven fails */
export async function buildKafkaStreams(): Promise<void> {
  const stamp = join(target, 'sources.sha256');
  const wanted = fingerprint(source);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const maven = mavenCommand();
  const args = [
    ...maven.args,
    '-B',
    '-f',
    join(source, 'pom.xml'),
    `-Dtarget=${target}`,
    'package',
  ];
  await runToEnd({ ...maven, args }, join(target, 'maven.log'));
  writeFileSync(stamp, wanted);
}

/**
 * Runs it on the topics, from an empty state, until its stores equal the oracle; then removes what it left.
 *
 * @throws when they never do
 */
export async function runKafkaStreams(
  system: System,
  { history }: LoadedTopics,
  name: string,
): Promise<StreamsRun> {
  const state = join(system.folder, name);
  const oracle = join(system.folder, `${name}.json`);
  history.oracle.write(oracle);
  // A window may be changed as long as the history goes on.
  const graceHours = Math.max(168, 2 * history.shape.hours);
  const output = join(system.folder, `${name}.log`);
  await runToEnd(
    {
      file: javaExecutable(),
      args: [
        '-Xmx1g',
        '-XX:+UseParallelGC',
        '-cp',
        [join(target, 'classes'), join(target, 'libs', '*')].join(delimiter),
        'bench.App',
        ...[system.bootstrapServers, name, state, oracle, String(graceHours)],
      ],
    },
    output,
  );
  rmSync(state, { recursive: true, force: true });
  await withAdmin(system.bootstrapServers, async (admin) => {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${name}-`));
    await admin.deleteTopics({ topics });
  });
  // Among its warnings.
  const result = /^\{.*\}$/m.exec(readFileSync(output, 'utf8'))?.[0];
  if (result === undefined) throw new Error(`no result:\n${tail(output)}`);
  return JSON.parse(result) as StreamsRun;
}

function fingerprint(folder: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (/\.\w+$/.test(file)) hash.update(file).update(readFileSync(join(folder, file)));
  }
  return hash.digest('hex');
}

import { join, relative } from 'node:path';
import { watchFiles } from 'service-kit/changed-files';
import { ConfigurationError } from 'service-kit/environment';
import { allPorts, readStackConfig, type StackConfig } from './config';
import { StartError } from './errors';
import { ensureJars, jarsAreCurrent } from './jars';
import { endLeftovers } from './leftovers';
import { postgresOwner, removeOwnedFolder } from './parts/postgres-owner';
import { recordedProcesses, removePidFile, writePidFile } from './pid-file';
import { portFaults } from './ports';
import { closeLocalFolder } from './private-folder';
import { killEverything } from './process';
import { createReport, type Report } from './report';
import { removeSettings, writeSettings } from './running-stack';
import { onStopSignal } from './signals';
import { dataFolders, startStack } from './stack';
import { Supervisor } from './supervisor';

/** Runs the stack until a signal stops it, or it cannot be started; then ends the process. */
export async function main(options: { fresh: boolean }): Promise<void> {
  const report = createReport();
  let stop = (): Promise<void> => Promise.resolve();
  let ending = false;
  const end = (code: number, line: string): void => {
    if (ending) return;
    ending = true;
    report.line(line);
    void stop().finally(() => {
      if (code === 0) report.line('stopped');
      process.exit(code);
    });
  };
  const fail = (error: unknown): void => end(1, `\n${describe(error)}`);
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  // However this process ends, what it started ends with it.
  process.on('exit', killEverything);
  onStopSignal(
    () => end(0, '\nstopping … (again to kill)'),
    () => process.exit(1),
  );
  try {
    const config = readStackConfig();
    const run = join(config.directory, 'run');
    closeLocalFolder(config.directory, postgresOwner());
    await claim(config, run, report);
    const logs = join(config.directory, 'logs');
    const supervisor = new Supervisor({ logs, run }, report.line);
    stop = () => supervisor.stop();
    if (options.fresh) removeData(config.directory);
    if (!jarsAreCurrent()) await report.step('Kafka and Debezium jars (Maven)', ensureJars);
    // What parts make in LOCAL_DIR is closed to PostgreSQL's user, too, who may pass through it.
    process.umask(0o077);
    await startStack(config, supervisor, report.step);
    report.line(readyBlock(config, report.elapsed()));
    watchFiles('npm start', (_, line) => report.line(line));
  } catch (error) {
    fail(error);
  }
}

/** Makes sure that this is the only supervisor of the folder, and that its ports are free. */
async function claim(config: StackConfig, run: string, report: Report): Promise<void> {
  const other = recordedProcesses(run).find(({ name }) => name === 'supervisor');
  if (other !== undefined) {
    throw new StartError(
      `this stack already runs (process ${other.pid}, data in ${config.directory}): end that first, or start a second one: npm start -- --port-offset 10000 --dir .local2`,
    );
  }
  const left = await endLeftovers(run);
  if (left.length > 0) report.line(`  ended what a killed start had left: ${left.join(', ')}`);
  const faults = await portFaults(allPorts(config));
  if (faults.length > 0) throw new StartError(faults.join('\n'));
  writePidFile(run, 'supervisor', process.pid);
  writeSettings(run, config);
  process.on('exit', () => {
    removePidFile(run, 'supervisor');
    removeSettings(run);
  });
}

function removeData(directory: string): void {
  for (const folder of dataFolders) removeOwnedFolder(join(directory, folder));
}

function describe(error: unknown): string {
  const expected = [StartError, ConfigurationError];
  if (expected.some((kind) => error instanceof kind)) return (error as Error).message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function readyBlock(config: StackConfig, seconds: string): string {
  const { ports, directory, commandMembers, queryMembers, viewsDatabase } = config;
  const folder = displayed(directory);
  const membersOf = (members: StackConfig['queryMembers']): string =>
    members.length === 1
      ? ''
      : `\n    its members     ${members.map(({ http }) => `:${http}`).join(', ')}`;
  const views =
    viewsDatabase === null ? '' : `\n    its views       localhost:${ports.VIEWS_DB_PORT}`;
  return `
Ready after ${seconds} s.

  dashboard         http://localhost:${ports.QUERY_SERVER_PORT}/
  command service   http://localhost:${ports.SERVER_PORT}/docs      POST /api/products, POST /api/orders${membersOf(commandMembers)}
  query service     http://localhost:${ports.QUERY_SERVER_PORT}/docs      GET /api/analytics/…${membersOf(queryMembers)}${views}
  relay keeper      http://localhost:${ports.RELAY_KEEPER_PORT}/health/ready
  Kafka Connect     http://localhost:${ports.CONNECT_PORT}/connectors/outbox-relay/status
  parked events     http://localhost:${ports.QUERY_ADMIN_PORT}/dead-letters
  metrics           ${[ports.COMMAND_ADMIN_PORT, ports.QUERY_ADMIN_PORT, ports.RELAY_KEEPER_PORT].map((port) => `http://localhost:${port}/metrics`).join(' ')}
  PostgreSQL        localhost:${ports.DB_PORT}
  Kafka             localhost:${ports.KAFKA_PORT}

  Logs: ${folder}/logs   Data: ${folder} (npm start -- --fresh deletes it first)
  Ctrl-C stops everything.
`;
}

/** As short as it can be said from here. */
function displayed(directory: string): string {
  const short = relative(process.cwd(), directory);
  return short.startsWith('..') ? directory : short || '.';
}

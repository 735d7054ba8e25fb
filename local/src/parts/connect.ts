import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { java } from '../java';
import { checkout, jarsDirectory } from '../paths';
import type { Command } from '../process';
import { answersReady } from '../ready';
import type { Part } from '../supervised-part';

export interface ConnectOptions {
  /** Holds the worker's properties; created when missing. */
  directory: string;
  port: number;
  bootstrapServers: string;
  /** The worker's own environment: the connector reads the database's address and login from it. */
  environment: NodeJS.ProcessEnv;
}

/** The Kafka Connect worker with the Debezium plugin. */
export function connectPart(options: ConnectOptions): Part {
  return {
    name: 'connect',
    prepare: () => Promise.resolve(prepareConnect(options)),
    isReady: () => answersReady(`http://127.0.0.1:${options.port}/connectors`),
    stopSignal: 'SIGTERM',
    graceMs: 15_000,
  };
}

function prepareConnect({
  directory,
  port,
  bootstrapServers,
  environment,
}: ConnectOptions): Command {
  const properties = {
    ...sharedProperties(),
    'bootstrap.servers': bootstrapServers,
    listeners: `http://127.0.0.1:${port}`,
    'rest.advertised.host.name': '127.0.0.1',
    'rest.advertised.port': String(port),
    'plugin.path': join(jarsDirectory, 'plugins'),
  };
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'worker.properties');
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(file, lines.join(''));
  const main = 'org.apache.kafka.connect.cli.ConnectDistributed';
  return { ...java({ main, args: [file], heap: 512, isForThroughput: true }), env: environment };
}

/** What debezium/connect-worker.env says, renamed by the rule that it states. */
function sharedProperties(): Record<string, string> {
  const text = readFileSync(join(checkout, 'debezium', 'connect-worker.env'), 'utf8');
  return Object.fromEntries(
    Object.entries(parseEnv(text)).map(([name, value]) => [
      name
        .replace(/^CONNECT_/, '')
        .toLowerCase()
        .replaceAll('_', '.'),
      value ?? '',
    ]),
  );
}

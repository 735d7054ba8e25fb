import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Command } from './process';

/** The machine's Maven, or else the wrapper, which downloads one. */
export function mavenCommand(): Command {
  const { error } = spawnSync('mvn', ['--version'], { stdio: 'ignore' });
  if (error === undefined) return { file: 'mvn', args: [] };
  return { file: 'sh', args: [join(__dirname, '..', 'mvnw')] };
}

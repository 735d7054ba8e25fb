import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fail } from './fail.mjs';

const wanted = 17;

/**
 * What is wrong with the Java of this machine, or undefined.
 *
 * @param executable such as `java`; with JAVA_HOME set, the one in there
 */
function javaFault(executable) {
  const { error, stdout, stderr } = spawnSync(executable, ['-version'], { encoding: 'utf8' });
  if (error !== undefined) {
    return `Java ${wanted} or newer is needed, ${executable} does not run (${error.code}): install a JDK or JRE, or set JAVA_HOME`;
  }
  // 1.8.0_292 is Java 8; since 9 the first number is the version.
  const text = /version "([^"]+)"/.exec(stderr + stdout)?.[1];
  const [first, second] = (text ?? '').split(/[._]/).map(Number);
  if ((first === 1 ? second : first) >= wanted) return undefined;
  return `Java ${wanted} or newer is needed, ${executable} is ${text ?? 'of an unknown version'}: install a newer one, or set JAVA_HOME`;
}

export function checkJava(environment = process.env) {
  const home = environment.JAVA_HOME;
  const fault = javaFault(home ? path.join(home, 'bin', 'java') : 'java');
  if (fault !== undefined) fail(fault);
}

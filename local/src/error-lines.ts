import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { beginLogAnew, mostLogBytes } from './log-files';

const everyMs = 1_000;
const repeatMs = 30_000;
const pinoError = 50;

/**
 * Shows what a service logs as errors, so that nobody has to watch its file. The same message is
 * shown again only after half a minute. Logs of other programs have no such lines. A log that has become too long
 * begins anew.
 *
 * @param file a log that has just been begun: JSON lines as pino writes them
 * @returns ends it
 */
export function followErrors(
  name: string,
  file: string,
  report: (line: string) => void,
): () => void {
  const shownAt = new Map<string, number>();
  let offset = 0;
  let rest = '';
  const readOn = (): void => {
    const fresh = readFrom(file, offset);
    offset += fresh.length;
    // One byte is one character here, so that a cut through a character does no harm.
    const lines = `${rest}${fresh.toString('latin1')}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const text = errorText(Buffer.from(line, 'latin1').toString('utf8'));
      if (text === undefined || Date.now() - (shownAt.get(text) ?? 0) < repeatMs) continue;
      shownAt.set(text, Date.now());
      report(`${name}: ${text}`);
    }
  };
  const timer = setInterval(() => {
    readOn();
    if (offset <= mostLogBytes) return;
    beginLogAnew(file, readOn);
    offset = 0;
  }, everyMs);
  return () => clearInterval(timer);
}

function readFrom(path: string, offset: number): Buffer {
  // Somebody may have deleted it.
  if (!existsSync(path)) return Buffer.alloc(0);
  const file = openSync(path, 'r');
  try {
    const fresh = Buffer.alloc(Math.max(fstatSync(file).size - offset, 0));
    return fresh.subarray(0, readSync(file, fresh, 0, fresh.length, offset));
  } finally {
    closeSync(file);
  }
}

/** The message of a pino line of level error or above; undefined for all other text. */
function errorText(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { level, msg, err } = JSON.parse(line) as {
      level?: number;
      msg?: string;
      err?: { message?: string };
    };
    if (level === undefined || level < pinoError) return undefined;
    return err?.message === undefined ? (msg ?? '') : `${msg ?? ''}: ${err.message}`;
  } catch {
    return undefined;
  }
}

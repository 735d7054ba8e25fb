import { readFileSync } from 'node:fs';

const everyMs = 30_000;

/** What this process was given by files, each by the variable that names it. */
const given = new Map<string, { readonly file: string; readonly text: string }>();

/** Remembers what a file held when the process read its environment. @param variable such as `KAFKA_SSL_CA_FILE` */
export function rememberFile(variable: string, file: string, text: string): void {
  given.set(variable, { file, text });
}

/**
 * Tells when a file holds something else by now, such as a renewed certificate: the process goes on with what it has read, so
 * somebody has to restart it. Says it once for each change. A file that cannot be read is no change: it may be on its way.
 *
 * @param process for the line: who is to be restarted
 */
export function watchFiles(
  process: string,
  tell: (details: { readonly file: string }, line: string) => void,
  intervalMs = everyMs,
): void {
  setInterval(() => {
    for (const [variable, { file, text }] of given) {
      const now = read(file);
      if (now === null || now === text) continue;
      rememberFile(variable, file, now);
      tell(
        { file },
        `${variable} holds something else by now: restart ${process}, which goes on with what it read at its start`,
      );
    }
  }, intervalMs).unref();
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

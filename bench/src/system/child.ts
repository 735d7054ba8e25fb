import { fork } from 'node:child_process';
import { join } from 'node:path';

/**
 * Runs one of our own scripts in a process of its own, so that it shares no event loop with anybody.
 *
 * @param script below `dist`, such as `load/http-load`; it answers by `serve`
 */
export function runChild<Input, Output>(script: string, input: Input): Promise<Output> {
  return startChild<Input, Output>(script, input).result;
}

/** A running child: its result, and how to tell it that it is enough. */
interface Child<Output> {
  readonly result: Promise<Output>;
  stop(): void;
}

export function startChild<Input, Output>(script: string, input: Input): Child<Output> {
  const child = fork(join(__dirname, '..', `${script}.js`), { serialization: 'advanced' });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const result = new Promise<Output>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Output));
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.removeListener('exit', kill);
      // After the result, this changes nothing.
      reject(new Error(`${script} ended (${signal ?? code}) without a result`));
    });
  });
  // Caught here, because the one who waits for it may come later.
  result.catch(() => undefined);
  child.send(input as object);
  return { result, stop: () => void (child.connected && child.send('stop')) };
}

/** In the child: does the work that its parent asks for, answers, ends. @param stop aborted on `Child.stop` */
export function serve<Input, Output>(
  work: (input: Input, stop: AbortSignal) => Promise<Output>,
): void {
  const stopping = new AbortController();
  process.once('disconnect', () => process.exit(1));
  process.once('message', (input) => {
    process.on('message', () => stopping.abort());
    void work(input as Input, stopping.signal).then(
      (output) => process.send?.(output, () => process.exit(0)),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}

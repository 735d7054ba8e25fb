import { writeSync } from 'node:fs';

/**
 * Named points of the code at which a test can make the process die, stall or fail.
 * Nothing is armed unless the environment says so (`FAILPOINTS=append-event=kill,…`), or the process that
 * started this one does (`obeyParent`).
 */
type Action = {
  kind: 'kill' | 'throw' | 'delay';
  /** How many milliseconds `delay` waits; 0 for other actions. */
  ms: number;
  /** The action happens when the point is passed for the n-th time from now. */
  passes: number;
};

const armed = new Map<string, Action>();
/** Each ends a delay that is under way. */
const delays = new Set<() => void>();
const grammar = /^(kill|throw|delay:(\d+))(?:@([1-9]\d*))?$/;

/**
 * Marks a point between two steps whose order a guarantee depends on. When nothing is armed, it looks at an empty map
 * and makes no promise.
 */
export function failpoint(name: string): Promise<void> | undefined {
  const action = armed.size === 0 ? undefined : armed.get(name);
  if (action === undefined || --action.passes > 0) return undefined;
  return act(name, action);
}

/**
 * Arms failpoints from text, `name=action` joined by commas.
 *
 * @param spec actions: `kill` (SIGKILL to this process), `throw`, `delay:<ms>`; with `@<n>` when the point is
 *   passed for the n-th time; empty arms nothing
 * @throws {RangeError} on an unknown action
 */
export function armFailpoints(spec: string): void {
  for (const entry of spec.split(',').filter((text) => text !== '')) {
    const [name = '', text = ''] = entry.split('=');
    const [, action, ms, pass] = grammar.exec(text) ?? [];
    if (action === undefined) throw new RangeError(`failpoint ${name}: unknown action "${text}"`);
    const kind = action === 'kill' || action === 'throw' ? action : 'delay';
    armed.set(name, { kind, ms: Number(ms ?? 0), passes: Number(pass ?? 1) });
  }
}

/** Disarms all and ends the delays that are under way: for tests that arm them in their own process. */
export function disarmFailpoints(): void {
  armed.clear();
  for (const end of delays) end();
}

/**
 * Lets the process that started this one arm failpoints while it runs. Only a parent that opened Node's
 * message channel to its child can: no environment, port or file reaches this.
 */
export function obeyParent(): void {
  if (process.send === undefined) return;
  process.on('message', (message: { failpoints?: string }) => {
    if (typeof message?.failpoints !== 'string') return;
    armFailpoints(message.failpoints);
    process.send?.({ armed: message.failpoints });
  });
  // The channel alone must not keep the process alive.
  process.channel?.unref();
}

async function act(name: string, { kind, ms }: Action): Promise<void> {
  if (kind === 'throw') throw new Error(`failpoint ${name}`);
  if (kind === 'kill') {
    // Written synchronously, or it would be lost: a test reads from it where the process died.
    writeSync(2, `killed at failpoint ${name}\n`);
    process.kill(process.pid, 'SIGKILL');
  }
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      delays.delete(end);
      resolve();
    };
    const timer = setTimeout(end, kind === 'delay' ? ms : 2 ** 31 - 1);
    if (kind === 'delay') delays.add(end);
  });
}

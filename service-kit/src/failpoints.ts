/**
 * Named points of the code at which a test can make the process die, stall or fail.
 * Nothing is armed unless the environment says so: `FAILPOINTS=outbox-written=kill,…`.
 */
type Action = { kind: 'kill' } | { kind: 'throw' } | { kind: 'delay'; ms: number };

const armed = new Map<string, Action>();

/**
 * Arms failpoints from text, `name=action` joined by commas.
 *
 * @param spec actions: `kill` (SIGKILL to this process), `throw`, `delay:<ms>`; empty arms nothing
 * @throws {RangeError} on an unknown action
 */
export function armFailpoints(spec: string): void {
  for (const entry of spec.split(',').filter((text) => text !== '')) {
    const [name = '', text = ''] = entry.split('=');
    const delay = /^delay:(\d+)$/.exec(text);
    if (delay !== null) armed.set(name, { kind: 'delay', ms: Number(delay[1]) });
    else if (text === 'kill' || text === 'throw') armed.set(name, { kind: text });
    else throw new RangeError(`failpoint ${name}: unknown action "${text}"`);
  }
}

/** Disarms all: for tests that arm them in their own process. */
export function disarmFailpoints(): void {
  armed.clear();
}

/** Marks a point between two steps whose order a guarantee depends on. Free when not armed. */
export async function failpoint(name: string): Promise<void> {
  const action = armed.size === 0 ? undefined : armed.get(name);
  if (action === undefined) return;
  if (action.kind === 'throw') throw new Error(`failpoint ${name}`);
  if (action.kind === 'kill') process.kill(process.pid, 'SIGKILL');
  await new Promise((resolve) =>
    setTimeout(resolve, action.kind === 'delay' ? action.ms : 2 ** 31 - 1),
  );
}

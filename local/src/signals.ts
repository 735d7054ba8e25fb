/** npm passes a terminal's Ctrl-C on, so that one key press can arrive twice. */
const samePressMs = 1_000;

/**
 * Calls `first` for the first of SIGINT, SIGTERM, SIGHUP, and `again` for one that comes later.
 */
export function onStopSignal(first: () => void, again: () => void): void {
  let firstAt: number | undefined;
  const onSignal = (): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      first();
    } else if (performance.now() - firstAt > samePressMs) again();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
}

/** What the user of `npm start` sees. */
export interface Report {
  line(this: void, text: string): void;
  /** Runs a step and shows, at its end, how long it took. */
  step<T>(this: void, title: string, run: () => Promise<T>): Promise<T>;
  /** Seconds since the program began, as text. */
  elapsed(this: void): string;
}

export function createReport(): Report {
  // Its reader may be gone: a closed terminal, `npm start | head`. That is no reason to fall.
  process.stdout.on('error', () => undefined);
  const line = (text: string): void => void process.stdout.write(`${text}\n`);
  return {
    line,
    step: async (title, run) => {
      const began = performance.now();
      const result = await run();
      line(`  ✓ ${title.padEnd(40)} ${seconds(performance.now() - began).padStart(6)} s`);
      return result;
    },
    elapsed: () => seconds(performance.now()),
  };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

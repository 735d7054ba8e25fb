import type { Stack } from './stack';

/** Names of what all processes show at /metrics. */
export async function shownMetrics(stack: Stack): Promise<ReadonlySet<string>> {
  const { COMMAND_ADMIN_PORT, QUERY_ADMIN_PORT, RELAY_KEEPER_PORT } = stack.ports;
  const texts = await Promise.all(
    [COMMAND_ADMIN_PORT, QUERY_ADMIN_PORT, RELAY_KEEPER_PORT].map(async (port) =>
      (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
    ),
  );
  return new Set(texts.join('').match(/(?<=^# TYPE )\w+/gm));
}

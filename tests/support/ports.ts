import { freePorts } from 'local/ports';

/** A free port for each of these variables. */
export async function portsFor<Name extends string>(
  names: readonly Name[],
): Promise<Record<Name, number>> {
  const free = await freePorts(names.length);
  return Object.fromEntries(names.map((name, i) => [name, free[i]])) as Record<Name, number>;
}

/** As variables of an environment. */
export function asEnvironment(ports: Record<string, number>): Record<string, string> {
  return Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
}

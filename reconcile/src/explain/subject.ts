import { UsageError } from '../command-line';

/** What is to be explained. */
export type Subject =
  | { readonly kind: 'order'; readonly id: number }
  | { readonly kind: 'product'; readonly id: number }
  | { readonly kind: 'customer'; readonly id: number }
  | { readonly kind: 'category'; readonly name: string };

export const usage = `usage: explain product <id> | category <name> | customer <id> | order <id>  [--json]

Shows where every cent of a total comes from, hop by hop: PostgreSQL's row, its event in the outbox, the
record in Kafka, the version that the views have applied, what it adds. Where the chain is broken it
prints the command that repairs it.

Ends with 0: right, 1: something is wrong, 2: cannot tell, as while events wait, 64: wrong arguments.`;

/** @throws {UsageError} */
export function readSubject([kind, name, ...more]: readonly string[]): Subject {
  if (more.length > 0 || name === undefined) throw new UsageError(usage);
  if (kind === 'category') return { kind, name };
  if (kind !== 'order' && kind !== 'product' && kind !== 'customer') throw new UsageError(usage);
  if (!/^[1-9]\d{0,15}$/.test(name)) throw new UsageError(`${name} is no id\n\n${usage}`);
  return { kind, id: Number(name) };
}

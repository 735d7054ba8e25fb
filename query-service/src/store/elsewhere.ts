import type { AggregateType } from 'contracts/aggregates';
import type { Basis } from './view-store';

/** What is kept of some aggregates of one kind, and where: in the partition that first told of them. */
export interface Home {
  /** Of the step that may change what is kept there. */
  readonly basis: Basis;
  readonly aggregate: AggregateType;
  readonly ids: ReadonlySet<number>;
}

/**
 * Some aggregates are kept of other partitions than the one that is read, because partitions were added to their topic
 * since. Their events need steps of those partitions.
 */
export class Elsewhere extends Error {
  override name = 'Elsewhere';

  constructor(readonly homes: readonly Home[]) {
    super(`kept of ${homes.map(({ basis }) => `${basis.topic}/${basis.partition}`).join(', ')}`);
  }
}

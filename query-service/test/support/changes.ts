import { eachTable } from 'contracts/aggregates';
import type { AppliedVersions, Changes } from '../../src/model/changes';

/** No aggregate of any kind was applied. */
export const nothingApplied: AppliedVersions = eachTable(() => new Map<number, never>());

/** What a batch changes that says nothing new. */
export const noChanges: Changes = {
  sales: [],
  orders: [],
  ...(eachTable(() => []) as Omit<Changes, 'sales' | 'orders'>),
};

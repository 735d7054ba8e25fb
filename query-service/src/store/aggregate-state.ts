import type { AggregateType } from 'contracts/aggregates';
import type { AppliedOrder, AppliedRow } from '../model/changes';
import { codeOf, statusOf } from './order-status';

/** The columns of an aggregate's stored state besides its id. Status: order-status.ts; content: model/content.ts. */
export const stateColumnsOf = (type: AggregateType): readonly string[] =>
  type === 'order' ? ['version', 'status', 'content'] : ['version', 'content'];

/** A stored state. */
export interface AppliedState {
  readonly id: number;
  readonly version: number;
  readonly content: number;
  /** Only orders have a status. */
  readonly status?: number;
}

export function appliedStateOf(
  type: AggregateType,
  { version, content, status = 0 }: AppliedState,
): AppliedOrder | AppliedRow {
  return type === 'order' ? { version, status: statusOf(status), content } : { version, content };
}

/** A state's values: its id, and those of its columns. */
export const stateRow = (id: number, state: AppliedOrder | AppliedRow): number[] =>
  'status' in state
    ? [id, state.version, codeOf(state.status), state.content]
    : [id, state.version, state.content];

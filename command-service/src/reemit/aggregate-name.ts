import { type AggregateType, aggregateTypes, isAggregateType } from 'contracts/aggregates';
import { UsageError } from 'service-kit/command-errors';
import { parseId } from 'service-kit/path-id';

/** One aggregate. */
export interface AggregateName {
  readonly type: AggregateType;
  readonly id: number;
  /** One of its versions; absent: the present one. */
  readonly version?: number;
}

/**
 * Reads aggregate names as operators write them: `order:17`, `product:1`, and `order:17@2` for its version 2.
 *
 * @throws {UsageError} naming the first one that cannot be read, or when there are none
 */
export function readAggregateNames(texts: readonly string[]): AggregateName[] {
  if (texts.length === 0) throw new UsageError('which ones? For example: order:17 product:1');
  return [...new Set(texts)].map(readAggregateName);
}

function readAggregateName(text: string): AggregateName {
  const [, type = '', digits = '', at] = /^([a-z]+):([^@]*)(?:@(.*))?$/.exec(text) ?? [];
  const id = parseId(digits);
  const version = at === undefined ? undefined : parseId(at);
  if (!isAggregateType(type) || id === null || version === null) {
    throw new UsageError(
      `"${text}" is no aggregate: write ${aggregateTypes.map((one) => `${one}:<id>`).join(' or ')}`,
    );
  }
  return { type, id, ...(version !== undefined && { version }) };
}

export const formatName = ({ type, id, version }: AggregateName): string =>
  version === undefined ? `${type}:${id}` : `${type}:${id}@${version}`;

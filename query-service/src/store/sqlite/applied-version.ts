import { aggregateTypes } from 'contracts/aggregates';

/**
 * SQL that reads the applied version of an aggregate; null where none is.
 *
 * @param kind an SQL expression of its kind, such as `order`
 * @param id an SQL expression of its id
 */
export const appliedVersion = (kind: string, id: string): string =>
  `CASE ${kind} ${aggregateTypes
    .map(
      (type) =>
        `WHEN '${type}' THEN (SELECT s.version FROM ${type}_state AS s WHERE s.${type}_id = ${id})`,
    )
    .join(' ')} END`;

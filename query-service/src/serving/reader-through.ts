import type { Reader } from '../store/sql';

/** A reader of whichever views answer when it is asked. @param read hands over their reader, or says why there is none */
export const readerThrough = (
  read: <T>(work: (reader: Reader) => Promise<T>) => Promise<T>,
): Reader => ({
  all: (select, ...parameters) => read((reader) => reader.all(select, ...parameters)),
  byKey: (table, keys) => read((reader) => reader.byKey(table, keys)),
  everyRow: (table) => read((reader) => reader.everyRow(table)),
  versionsOf: (aggregates) => read((reader) => reader.versionsOf(aggregates)),
});

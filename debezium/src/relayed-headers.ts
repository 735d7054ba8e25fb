import { HeaderError, readHeaders } from 'contracts/headers';
import type { KafkaRecord } from 'kafka-client/read-ranges';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const isUuid = (text: string): boolean => uuid.test(text);

/** What a record's headers say of its event; null when the relay cannot have written it. */
export function relayedHeaders({ headers }: KafkaRecord): ReturnType<typeof readHeaders> | null {
  try {
    const read = readHeaders(headers ?? {});
    return isUuid(read.id) ? read : null;
  } catch (error) {
    if (error instanceof HeaderError) return null;
    throw error;
  }
}

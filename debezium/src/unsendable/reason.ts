import { allowBytes, commandOf } from 'contracts/commands';
import type { UnsentRow } from './unsent-rows';

/** The default `max.request.size` of Kafka's producer, which the connector does not change. */
export const maxRequestBytes = 1_048_576;

const legal = /^[a-zA-Z0-9._-]{1,249}$/;

/** Why a row cannot be sent. */
export interface Obstacle {
  readonly reason: string;
  /** A command after which the row can be sent unchanged; null when there is none. */
  readonly remedy: string | null;
}

/**
 * The obstacle that keeps a row from being sent; null when none is known. Pure.
 *
 * @param topics the existing topics, each with the largest batch that it takes, in bytes
 */
export function obstacleOf(
  { topic, bytes }: UnsentRow,
  topics: ReadonlyMap<string, number>,
): Obstacle | null {
  const because = (reason: string): Obstacle => ({ reason, remedy: null });
  if (topic === null) return because('it names no topic');
  if (!legal.test(topic)) return because(`"${topic.slice(0, 100)}" is no legal name of a topic`);
  const maxBytes = topics.get(topic);
  if (maxBytes === undefined) return because(`there is no topic ${topic}`);
  if (topic.startsWith('__')) return because(`the topic ${topic} is Kafka's own`);
  if (bytes > maxRequestBytes) {
    return because(`its record has ${bytes} bytes, more than ${maxRequestBytes}`);
  }
  if (bytes <= maxBytes) return null;
  return {
    reason: `its record has ${bytes} bytes, more than the ${maxBytes} that the topic ${topic} takes`,
    remedy: allowBytes(topic, maxRequestBytes),
  };
}

/** A sentence about such a row: why it cannot be sent, which command lets it through, and how to go on without it. */
export function unsendableSentence({
  id,
  aggregate,
  reason,
  remedy,
}: Obstacle & Pick<UnsentRow, 'id' | 'aggregate'>): string {
  const skip = commandOf({ script: 'relay', args: ['skip', String(id), '--why', '"…"'] });
  const first = remedy === null ? '' : ` To let it through: ${remedy}.`;
  return `event ${id} of ${aggregate} cannot be sent, and nothing behind it: ${reason}.${first} To go on without it: ${skip}`;
}

import { query } from 'local/query';
import { until } from 'local/until';
import type { Message } from 'kafkajs';
import type { LocalStack } from '../support/local-stack';
import type { KnownOrder } from './workload/ledger';

const deadlineMs = 90_000;

export interface OutboxRow {
  readonly id: string;
  readonly type: string;
  readonly payload: string;
  readonly version: number;
  readonly schema: number;
  readonly source: string;
}

/** What the outbox has of an order, oldest first. */
export function outboxOf(stack: LocalStack, order: KnownOrder): Promise<OutboxRow[]> {
  return until(
    () =>
      query<OutboxRow>(
        stack.database,
        `SELECT id::text, type, payload::text, aggregateversion AS version, schemaversion AS schema,
                sourceid::text AS source
         FROM outbox WHERE aggregatetype = 'order' AND aggregateid = $1 ORDER BY aggregateversion`,
        [String(order.id)],
      ),
    deadlineMs,
  );
}

/** The order's first event, as the relay writes it. */
export async function firstEventOf(stack: LocalStack, order: KnownOrder): Promise<Message> {
  const [row] = await outboxOf(stack, order);
  if (row === undefined) throw new Error(`order ${order.id} has no event`);
  return asMessage(order, row);
}

/** As the relay writes it. */
export function asMessage(order: KnownOrder, row: OutboxRow): Message {
  return {
    key: String(order.id),
    value: row.payload,
    headers: {
      id: row.id,
      eventType: row.type,
      aggregateVersion: String(row.version),
      schemaVersion: String(row.schema),
      sourceId: row.source,
    },
  };
}

export const withHeaders = (message: Message, headers: Record<string, string>): Message => ({
  ...message,
  headers: { ...message.headers, ...headers },
});

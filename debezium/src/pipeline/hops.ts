import type { Hop, HopName } from 'contracts/pipeline';
import type { ConnectorConfig } from '../connect-rest';
import type { Observation } from '../observation';
import { connectorFaults, slotFaults, topicFaults, unarrived, unwritten } from '../readiness';
import type { Flow } from './flow';

/** The keeper looks once a second, more often while something is wrong; what is older is not told as present. */
const staleAfterMs = 10_000;

/** What the purge knows of the outbox. */
export interface OutboxSeen {
  readonly rows: number | undefined;
  readonly oldest: Date | null;
  readonly overdueNames: readonly string[];
}

/**
 * The hops from the outbox to the topics. Pure.
 *
 * @param now by the keeper's clock
 */
export function relayHops(
  seen: Observation | undefined,
  outbox: OutboxSeen,
  flow: Flow,
  now: number,
  wanted: ConnectorConfig,
): Hop[] {
  if (seen === undefined) return unknownHops('the relay keeper has not looked yet');
  if (now - seen.at > staleAfterMs) return unknownHops('the relay keeper has stopped looking');
  const { waiting, oldestWaiting, written, topics } = flow;
  const slot = seen.slot.ok ? seen.slot.value : null;
  const connector = seen.connector.ok ? seen.connector.value : null;
  const arrived = secondsSince(seen.watermark.arrivedAt, now);
  return [
    hop(
      'outbox',
      'events',
      [...databaseFaults(seen), ...unwritten(seen, now), ...overdue(outbox)],
      {
        rate: written,
        lag: {
          count: waiting,
          seconds: waiting === 0 ? 0 : secondsSince(oldestWaiting, now),
        },
        facts: { 'rows kept': outbox.rows ?? null, 'oldest row': isoOrNull(outbox.oldest) },
      },
    ),
    hop('slot', 'bytes', slotFaults(seen), {
      rate: null,
      lag: { count: slot?.retainedBytes ?? null, seconds: null },
      facts: {
        state: slot === null ? null : slot.active ? 'active' : 'inactive',
        WAL: slot?.walStatus ?? null,
        'WAL kept, bytes': slot?.retainedBytes ?? null,
      },
    }),
    hop('connector', 'events', [...connectorFaults(seen, wanted), ...unarrived(seen, now)], {
      rate: null,
      lag: { count: null, seconds: arrived },
      facts: {
        connector: connector?.state ?? null,
        tasks: connector?.tasks.map(({ state }) => state).join(', ') || null,
        'seconds since a watermark came through': arrived,
      },
    }),
    hop('topics', 'offsets', topicFaults(seen), {
      rate: topics?.perSecond ?? null,
      lag: { count: null, seconds: null },
      facts: Object.fromEntries(
        Object.entries(topics?.ends ?? {}).map(([topic, end]) => [`end of ${topic}`, end]),
      ),
    }),
  ];
}

function unknownHops(reason: string): Hop[] {
  const names: HopName[] = ['outbox', 'slot', 'connector', 'topics'];
  return names.map((name) => ({
    name,
    state: 'unknown',
    reasons: [reason],
    rate: null,
    unit: 'events',
    lag: { count: null, seconds: null },
    facts: {},
  }));
}

function hop(
  name: HopName,
  unit: Hop['unit'],
  reasons: readonly string[],
  rest: Pick<Hop, 'rate' | 'lag' | 'facts'>,
): Hop {
  return { name, unit, state: reasons.length === 0 ? 'ok' : 'broken', reasons, ...rest };
}

/** The slot's own faults are told at the slot. */
function databaseFaults({ slot }: Observation): string[] {
  return slot.ok ? [] : [`PostgreSQL does not answer: ${slot.reason}`];
}

function overdue({ overdueNames }: OutboxSeen): string[] {
  if (overdueNames.length === 0) return [];
  return [
    `events are not in Kafka, or came there late: npm run reemit -- ${overdueNames.join(' ')}`,
  ];
}

function secondsSince(at: number | null, now: number): number | null {
  return at === null ? null : Math.max(0, Math.round((now - at) / 100) / 10);
}

const isoOrNull = (time: Date | null): string | null => time?.toISOString() ?? null;

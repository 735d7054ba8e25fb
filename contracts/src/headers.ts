/**
 * The headers of every event record, as the relay writes them: all of them text.
 * The Kafka key is the aggregate's id, the value is the payload as plain JSON.
 */
interface EventHeaders {
  /** Event id, a UUIDv7: the same event always carries the same one, however often it is relayed. */
  readonly id: string;
  readonly eventType: string;
  /** 1 for the aggregate's first event, then one more for each. */
  readonly aggregateVersion: number;
  readonly schemaVersion: number;
  /** The database that counts these versions. Another one means that versions started again. */
  readonly sourceId: string;
  /** W3C trace context of the command, if it had one. */
  readonly traceparent: string | null;
}

/** The JSON Schema of the headers of an event's records. They are text, all of them. */
export const headersSchema = (eventType: string, schemaVersion: number) => ({
  type: 'object',
  required: ['id', 'eventType', 'aggregateVersion', 'schemaVersion', 'sourceId'],
  properties: {
    id: {
      type: 'string',
      format: 'uuid',
      description:
        'A UUIDv7. The same event always carries the same one, however often it is relayed.',
    },
    eventType: { const: eventType },
    aggregateVersion: {
      type: 'string',
      pattern: '^[1-9][0-9]*$',
      description: "1 for the aggregate's first event, then one more for each.",
    },
    schemaVersion: { const: String(schemaVersion) },
    sourceId: {
      type: 'string',
      description:
        'The database that counts these versions. Another one means that versions started again.',
    },
    traceparent: {
      type: ['string', 'null'],
      description: 'W3C trace context of the command, if it had one.',
    },
    ce_specversion: {
      const: '1.0',
      description:
        'This and what follows, where the relay runs with `CLOUDEVENTS_HEADERS=true`: CloudEvents, binary mode.',
    },
    ce_id: { type: 'string', format: 'uuid', description: 'As `id`.' },
    ce_type: { const: eventType },
    ce_source: { type: 'string', description: 'As `sourceId`, a relative URI.' },
    ce_time: {
      type: 'string',
      format: 'date-time',
      description: 'When the event was written, by the clock of the database.',
    },
    'content-type': { const: 'application/json' },
  },
});

/** Headers as kafkajs hands them over. */
type RawHeaders = Record<string, Buffer | string | null | (Buffer | string)[] | undefined>;

/** One header's text; null when it is missing or has no value. Of several values the first. */
export function headerText(raw: RawHeaders, name: string): string | null {
  const value = raw[name];
  const first = Array.isArray(value) ? value[0] : value;
  // The relay writes SQL null as a header without a value, which kafkajs's types do not know.
  return first?.toString() ?? null;
}

/**
 * Reads the headers of one Kafka record.
 *
 * @throws {HeaderError} naming the first header that is missing or malformed
 */
export function readHeaders(raw: RawHeaders): EventHeaders {
  return {
    id: required(raw, 'id'),
    eventType: required(raw, 'eventType'),
    aggregateVersion: positive(raw, 'aggregateVersion'),
    schemaVersion: positive(raw, 'schemaVersion'),
    sourceId: required(raw, 'sourceId'),
    traceparent: headerText(raw, 'traceparent'),
  };
}

function required(raw: RawHeaders, name: string): string {
  const value = headerText(raw, name);
  if (value === null || value === '') throw new HeaderError(`header ${name} is missing`);
  return value;
}

function positive(raw: RawHeaders, name: string): number {
  const text = required(raw, name);
  // `Number` takes 1e3, 0x10 and blanks around, too.
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new HeaderError(`header ${name} is not a positive integer: ${text}`);
  }
  return value;
}

export class HeaderError extends Error {
  override name = 'HeaderError';
}

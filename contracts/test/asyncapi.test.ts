import { createRequire } from 'node:module';
import { Ajv, type AnySchema } from 'ajv';
import { asyncApiDocument } from '../src/asyncapi';
import { aggregates, aggregateTypes } from '../src/aggregates';
import { readPayload, type EventType } from '../src/events';
import { HeaderError, readHeaders } from '../src/headers';
import { eventSchemas } from '../src/schemas';
import { defaultTopics } from '../src/topics';

const document = asyncApiDocument({ ...defaultTopics, order: 'other-order-events' }, '1.2.3');
// As others get it.
const json = JSON.parse(JSON.stringify(document)) as Record<string, unknown>;

/** Those that AsyncAPI publishes. */
const published = createRequire(__filename)('@asyncapi/specs/schemas/3.0.0.json') as AnySchema;
const isAsyncApi = new Ajv({ meta: false, strict: false, validateFormats: false }).compile(
  published,
);

test('the document is what the schema of AsyncAPI 3.0.0 asks for', () => {
  expect([isAsyncApi(json), isAsyncApi.errors]).toEqual([true, null]);
});

test('what is no AsyncAPI is found', () => {
  expect(isAsyncApi({ ...json, channels: { orderEvents: { address: 7 } } })).toBe(false);
});

test('each reference leads to something', () => {
  const references = [...JSON.stringify(json).matchAll(/"\$ref":"#\/([^"]+)"/g)];
  expect(references.length).toBeGreaterThan(3);
  for (const [, path = ''] of references) {
    expect(json).toHaveProperty(path.split('/'));
  }
});

test('each kind of aggregate has its topic, and each version of its events stands there', () => {
  for (const type of aggregateTypes) {
    const channel = document.channels[`${type}Events`];
    expect(channel?.address).toBe(type === 'order' ? 'other-order-events' : defaultTopics[type]);
    const events: readonly string[] = aggregates[type].events;
    expect(Object.keys(channel?.messages ?? {})).toEqual(
      eventSchemas
        .filter((one) => events.includes(one.type))
        .map((one) => `${one.type}.v${one.version}`),
    );
  }
});

test('examples keep their schemas', () => {
  const examples = Object.values(document.components.messages).flatMap((message) =>
    (message.examples ?? []).map(({ payload }) => ({ ...message, payload })),
  );
  expect(examples.length).toBeGreaterThan(2);
  for (const { name, headers, payload } of examples) {
    const version = Number(headers.properties.schemaVersion.const);
    expect(() => readPayload(name as EventType, version, payload)).not.toThrow();
  }
});

test('the headers described are those that a consumer reads', () => {
  const [message] = Object.values(document.components.messages);
  const good = {
    id: '01a20a96-28f2-71d3-8434-99816df367b7',
    eventType: message?.name ?? '',
    aggregateVersion: '17',
    schemaVersion: '1',
    sourceId: 'a-database',
  };
  const asCloudEvent = {
    ...good,
    ce_specversion: '1.0',
    ce_id: good.id,
    ce_type: good.eventType,
    ce_source: good.sourceId,
    ce_time: '2026-11-23T07:41:03.240Z',
    'content-type': 'application/json',
  };
  const formats = { uuid: /^[0-9a-f-]{36}$/, 'date-time': /^[0-9-]{10}T.+Z$/ };
  const ajv = new Ajv({ formats, allowUnionTypes: true });
  const isDescribed = ajv.compile(message?.headers ?? {});
  expect([isDescribed(good), isDescribed.errors]).toEqual([true, null]);
  expect(readHeaders(good)).toMatchObject({ aggregateVersion: 17, schemaVersion: 1 });
  expect([isDescribed(asCloudEvent), isDescribed.errors]).toEqual([true, null]);
  expect(readHeaders(asCloudEvent)).toEqual(readHeaders(good));
  for (const bad of [
    ...Object.keys(good).map((name) => ({ ...good, [name]: undefined })),
    { ...good, aggregateVersion: '0' },
    { ...good, schemaVersion: 'one' },
  ]) {
    expect(isDescribed(JSON.parse(JSON.stringify(bad)))).toBe(false);
    expect(() => readHeaders(bad)).toThrow(HeaderError);
  }
});

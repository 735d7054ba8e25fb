import { aggregates, aggregateTypes, aggregateOf } from './aggregates';
import { headersSchema } from './headers';
import { eventSchemas } from './schemas';
import type { Topics } from './topics';

/**
 * The AsyncAPI 3 document of the events: a channel for each topic, a message for each version of an event's schema.
 *
 * @param topics where the events of each kind of aggregate go
 * @param version of the API
 */
export function asyncApiDocument(topics: Topics, version: string) {
  const messages = eventSchemas.flatMap((one) => {
    const aggregate = aggregateOf(one.type);
    return aggregate === undefined ? [] : [{ ...one, aggregate, name: nameOf(one) }];
  });
  const channels = aggregateTypes.map((type) => [
    `${type}Events`,
    {
      address: topics[type],
      description: `Every change of ${aggregates[type].table}.`,
      messages: Object.fromEntries(
        messages
          .filter(({ aggregate }) => aggregate === type)
          .map(({ name }) => [name, { $ref: `#/components/messages/${name}` }]),
      ),
      bindings: { kafka: { topic: topics[type], bindingVersion } },
    },
  ]);
  return {
    asyncapi: '3.0.0',
    info: { title: 'Events', version, description, license: { name: 'MIT' } },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(channels) as Record<string, Channel>,
    operations: Object.fromEntries(
      aggregateTypes.map((type) => [
        `send${type[0]?.toUpperCase()}${type.slice(1)}Events`,
        { action: 'send', channel: { $ref: `#/channels/${type}Events` } },
      ]),
    ),
    components: {
      messages: Object.fromEntries(
        messages.map(({ type, name, version: schemaVersion, aggregate, schema }) => [
          name,
          {
            name: type,
            title: `${type}, version ${schemaVersion}`,
            summary: String(schema.description),
            headers: headersSchema(type, schemaVersion),
            payload: schema,
            bindings: { kafka: { key: keyOf(aggregates[aggregate].idField), bindingVersion } },
            examples: (schema.examples as readonly object[] | undefined)?.map((payload) => ({
              payload,
            })),
          },
        ]),
      ),
    },
  };
}

export type AsyncApiDocument = ReturnType<typeof asyncApiDocument>;

interface Channel {
  readonly address: string;
  readonly description: string;
  readonly messages: Readonly<Record<string, { readonly $ref: string }>>;
}

/** Of AsyncAPI's Kafka bindings. */
const bindingVersion = '0.5.0';

const description = `Each event carries the full state of its aggregate and a version. A consumer that keeps the highest version of
each key needs no other, in whatever order they come. An event may come again, with the same id.`;

const nameOf = ({ type, version }: { type: string; version: number }): string =>
  `${type}.v${version}`;

const keyOf = (idField: string) => ({
  type: 'string',
  description: `the aggregate's id, as ${idField} has it.`,
  pattern: '^[1-9][0-9]*$',
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectorConfig } from './connect-rest';

/** The connector's name at Connect, and of its JSON file. */
export const connectorName = 'outbox-relay';

/**
 * The connector's configuration: its JSON file.
 *
 * @param cloudEventsHeaders whether records have the attributes of CloudEvents, too
 */
export function connectorConfig(cloudEventsHeaders: boolean): ConnectorConfig {
  const file = join(__dirname, '..', `${connectorName}.json`);
  const config = JSON.parse(readFileSync(file, 'utf8')) as ConnectorConfig;
  return cloudEventsHeaders ? withCloudEvents(config) : config;
}

const headersOfColumns = 'transforms.outbox.table.fields.additional.placement';

/**
 * Adds the headers of CloudEvents' Kafka binding, in its binary mode, behind those that records have. The source is the id of the
 * database as a relative URI: with the event's id it is unique.
 */
function withCloudEvents(config: ConnectorConfig): ConnectorConfig {
  const columns = { id: 'id', type: 'type', sourceid: 'source', occurredat: 'time' };
  // Connect reads 1.0 as the integer 1 and writes 1 (KAFKA-19717); this it reads as a float, whose nearest value it writes as 1.0.
  const constants = { ce_specversion: '1.000000001', 'content-type': 'application/json' };
  const placements = Object.entries(columns).map(([column, name]) => `${column}:header:ce_${name}`);
  const transforms = Object.entries(constants).flatMap(([header, value]): [string, string][] => [
    [`transforms.${header}.type`, 'org.apache.kafka.connect.transforms.InsertHeader'],
    [`transforms.${header}.header`, header],
    [`transforms.${header}.value.literal`, value],
  ]);
  return {
    ...config,
    // The time is a column that nothing else shows.
    'column.exclude.list': listed(config['column.exclude.list'])
      .filter((column) => column !== 'public.outbox.occurredat')
      .join(','),
    [headersOfColumns]: [...listed(config[headersOfColumns]), ...placements].join(','),
    transforms: [...listed(config.transforms), ...Object.keys(constants)].join(','),
    ...Object.fromEntries(transforms),
  };
}

const listed = (text = ''): string[] => text.split(',');

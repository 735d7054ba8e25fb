import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SchemaObject } from 'ajv';

/** The JSON Schema of one version of an event's payload. */
interface EventSchema {
  readonly type: string;
  readonly version: number;
  readonly schema: SchemaObject;
}

const folder = join(__dirname, '..', 'schemas');

/** All of `schemas/`, a file `<EventType>.v<version>.json` each. */
export const eventSchemas: readonly EventSchema[] = readdirSync(folder)
  .sort()
  .map((file) => {
    const [type = '', version] = file.replace(/\.json$/, '').split('.v');
    const schema = JSON.parse(readFileSync(join(folder, file), 'utf8')) as SchemaObject;
    return { type, version: Number(version), schema };
  });

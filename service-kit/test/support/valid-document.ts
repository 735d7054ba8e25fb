import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** The validator is a module that jest cannot load: its command is run. */
const validator = join(
  dirname(require.resolve('@seriousme/openapi-schema-validator')),
  'bin',
  'validate-api-cli.js',
);

/** Expects a document that OpenAPI's own schema accepts. @throws with what it does not */
export async function expectValidDocument(document: unknown): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'openapi-'));
  const file = join(folder, 'openapi.json');
  try {
    await writeFile(file, JSON.stringify(document));
    await promisify(execFile)(process.execPath, [validator, file]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

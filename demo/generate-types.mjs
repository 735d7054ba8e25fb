// Writes src/api/*-service.ts from the services' OpenAPI documents: `npm run generate -w demo`.
// With --check it only compares, so that `npm run check` fails on a stale file. It reads dist/: build first.
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';
import { createApp as createCommandService } from '../command-service/dist/app.js';
import { createApp as createQueryService } from '../query-service/dist/app.js';
import { defaultTopics } from '../contracts/dist/topics.js';
import { definition } from '../query-service/dist/views/views.js';
import { codeOf } from '../service-kit/dist/problem.js';

/** With tokens, whose refusals a client has to know of, too. A description needs no database, no views and no Kafka. */
const parts = {
  guard: { enforced: true, require: () => [] },
  observe: (_, next) => next(),
  topics: defaultTopics,
};
const services = {
  'command-service': createCommandService({ ...parts, idempotency: {} }),
  'query-service': createQueryService({
    ...parts,
    replica: {
      definition,
      metrics: {},
      serving: { readerOf: () => null, state: 'current', asOf: null },
    },
  }),
};

/** What any request may be refused with, as the introductions of both documents say. */
const anyStatus = [400, 405, 408, 414, 417, 421, 431, 500, 501, 505];
const anyCode = [...anyStatus.map(codeOf), 'cross-site', 'busy'];

for (const [name, app] of Object.entries(services)) {
  const document = withShared(withCodes(await documentOf(app)));
  const types = astToString(
    await openapiTS(document, { rootTypes: true, rootTypesNoSchemaPrefix: true }),
  )
    // A name of its own is for schemas; a method that a path does not have needs no line.
    .replaceAll(/^export type (Response|Header)\w+ = .*\n/gm, '')
    .replaceAll(/^ {8}(get|put|post|delete|options|head|patch|trace)\?: never;\n/gm, '');
  const generated = `// Generated from the OpenAPI document of the ${name} by generate-types.mjs. Do not edit.\n\n${types}`;
  const target = new URL(`src/api/${name}.ts`, import.meta.url);
  if (!process.argv.includes('--check')) {
    writeFileSync(target, generated);
  } else if (readFileSync(target, 'utf8') !== generated) {
    console.error(`demo/src/api/${name}.ts is stale: run \`npm run generate -w demo\``);
    process.exitCode = 1;
  }
}

/** What the service answers at /openapi.json. */
async function documentOf(app) {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/openapi.json`);
  server.close();
  return answer.json();
}

/** The document shows the codes of problems by examples; types need them as values. */
function withCodes(document) {
  for (const operations of Object.values(document.paths)) {
    for (const { responses } of Object.values(operations)) {
      for (const { content = {} } of Object.values(responses)) {
        for (const [type, body] of Object.entries(content)) {
          if (type === 'application/problem+json')
            body.schema = withCode(body.schema, Object.keys(body.examples));
        }
      }
      responses.default = {
        description: 'What any request may be refused with.',
        content: {
          'application/problem+json': {
            schema: withCode({ $ref: '#/components/schemas/Problem' }, anyCode),
          },
        },
      };
    }
  }
  return document;
}

function withCode(schema, codes) {
  const properties = { code: { type: 'string', enum: codes } };
  return { allOf: [schema, { type: 'object', required: ['code'], properties }] };
}

/** The document says a refusal, or a header, again with each operation; types of it need each only once. */
function withShared(document) {
  const operations = Object.values(document.paths).flatMap(Object.values);
  share(document, 'responses', operations, ([status, { content = {} }]) => {
    const codes = Object.keys(content['application/problem+json']?.examples ?? {});
    return status === 'default' ? ['any', 'refusal'] : [...codes.flatMap(wordsIn), status];
  });
  const answers = [...operations, document.components].flatMap(({ responses }) =>
    Object.values(responses),
  );
  share(document, 'headers', answers, ([header]) => wordsIn(header));
  return document;
}

/**
 * Moves what several of these have alike among their `kind` into the document's components.
 *
 * @param wordsOf makes the words of its name
 */
function share({ components }, kind, parts, wordsOf) {
  const alike = new Map();
  for (const part of parts) {
    for (const entry of Object.entries(part[kind] ?? {})) {
      const text = JSON.stringify(entry);
      alike.set(text, [...(alike.get(text) ?? []), { part, entry }]);
    }
  }
  const shared = (components[kind] = {});
  for (const group of alike.values()) {
    const [name, value] = group[0].entry;
    // A header that may be missing stays where it is: the types make a reference to it one that is always there.
    const mayBeMissing = kind === 'headers' && value.required !== true;
    if (group.length === 1 || value.$ref !== undefined || mayBeMissing) continue;
    const own = freeName(shared, wordsOf([name, value]));
    shared[own] = value;
    for (const { part } of group)
      part[kind] = { ...part[kind], [name]: { $ref: `#/components/${kind}/${own}` } };
  }
}

function wordsIn(name) {
  return name.split('-');
}

function freeName(taken, words) {
  const name = words.map((word) => word[0].toUpperCase() + word.slice(1)).join('');
  return name in taken ? freeName(taken, [...words, '2']) : name;
}

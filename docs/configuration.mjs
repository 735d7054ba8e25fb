// Writes the tables of configuration.md from what each process says of its own variables: `npm run settings`.
// With --check it only compares, so that `npm run check` fails on stale tables, and on names that .env.example or a compose
// file uses and no table has. It reads dist/: build first.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { commandServiceSpecs, migrationSpecs } from '../command-service/dist/config.js';
import { kafkaSetupSpecs, relayKeeperSpecs, relaySetupSpecs } from '../debezium/dist/config.js';
import { demoSpecs } from '../demo/dist/config.js';
import { stackSpecs } from '../local/dist/config.js';
import { operatorSpecs } from '../query-service/dist/cli/config.js';
import { queryServiceSpecs } from '../query-service/dist/config.js';
import { explainSpecs } from '../reconcile/dist/config.js';
import { authSpecs } from '../service-kit/dist/auth-config.js';
import { limitSpecs } from '../service-kit/dist/limits.js';
import { tracingSpecs } from '../service-kit/dist/tracing.js';

/** Who reads variables, in the order in which they are named. */
const readers = {
  command: commandServiceSpecs,
  query: queryServiceSpecs,
  keeper: relayKeeperSpecs,
  'set-up': { ...migrationSpecs, ...relaySetupSpecs, ...kafkaSetupSpecs },
  outbox: { ...explainSpecs, ...operatorSpecs, ...demoSpecs },
  'npm start': stackSpecs,
};

/** Set by both ways of running, and by tests: nobody else has a use for them. */
const internal = ['FAILPOINTS', 'RUN_BY'];

const among = (specs) => (name) => name in specs;
const like = (expression) => (name) => expression.test(name);

/** A variable stands in the first section that wants it. */
const sections = [
  ['PostgreSQL and its roles', like(/^(DB|POSTGRES|SERVICE_DB|RELAY_DB|AUDIT_DB)_/)],
  ["The views' database, with `VIEW_STORE=postgres`", like(/^VIEWS_DATABASE_URL$|^VIEWS_DB_/)],
  ['Kafka', like(/^KAFKA_(BOOTSTRAP|SECURITY|SSL|SASL|STREAMS)|_TOPIC$|^TOPIC_/)],
  ['Who may call, and how much', (name) => among(authSpecs)(name) || among(limitSpecs)(name)],
  ['Logs and traces', (name) => among(tracingSpecs)(name) || name === 'LOG_LEVEL'],
  ['The command service', among(commandServiceSpecs)],
  ['The query service', among(queryServiceSpecs)],
  ['The relay keeper', among(relayKeeperSpecs)],
  ["The operator's commands", among(readers.outbox)],
  ['`npm start`', () => true],
];

const file = new URL('configuration.md', import.meta.url);
const [begin, end] = ['<!-- written by npm run settings -->', '<!-- end -->'];
const before = readFileSync(file, 'utf8');
const from = before.indexOf(begin) + begin.length;
const to = before.indexOf(end);
const after = await format(`${before.slice(0, from)}\n\n${tables()}\n\n${before.slice(to)}`, {
  ...(await resolveConfig(file)),
  parser: 'markdown',
});
if (process.argv.includes('--check')) check();
else writeFileSync(file, after);

function tables() {
  const names = new Set(Object.values(readers).flatMap((specs) => Object.keys(specs)));
  for (const name of internal) names.delete(name);
  return sections
    .map(([title, wants]) => {
      const rows = [...names].filter(wants);
      for (const name of rows) names.delete(name);
      return [
        `## ${title}`,
        '',
        '| variable | default | read by | what it sets |',
        '| --- | --- | --- | --- |',
        ...rows.map(rowOf),
      ].join('\n');
    })
    .join('\n\n');
}

function rowOf(name) {
  const by = Object.entries(readers).filter(([, specs]) => name in specs);
  const [[, { [name]: spec }]] = by;
  /** By default: who has it. */
  const defaults = new Map();
  for (const [reader, specs] of by) {
    const text = defaultOf(specs[name]);
    defaults.set(text, [...(defaults.get(text) ?? []), reader]);
  }
  const [[usual], ...others] = defaults;
  const exceptions = others.map(([text, who]) => `${who.join(', ')}: ${text || 'none'}`);
  const shown = [usual, ...exceptions].filter(Boolean).join('; ');
  return `| \`${name}\` | ${shown} | ${by.map(([reader]) => reader).join(', ')} | ${spec.desc.replaceAll('|', '\\|')} |`;
}

/** Empty: it has none, and is not needed. */
function defaultOf(spec) {
  if (!Object.hasOwn(spec, 'default')) return 'required';
  return spec.default === undefined ? '' : String(spec.default);
}

function check() {
  const faults = [];
  if (after !== before) faults.push('docs/configuration.md is stale: npm run settings');
  const root = new URL('../', import.meta.url);
  const composeFiles = readdirSync(root).filter((name) => /^docker-compose.*\.yml$/.test(name));
  for (const name of ['.env.example', 'kubernetes/settings.env', ...composeFiles]) {
    const text = readFileSync(new URL(name, root), 'utf8');
    const used = name.endsWith('.yml')
      ? text.matchAll(/(?<!\$)\$\{([A-Z\d_]+)/g)
      : text.matchAll(/^(?:# )?([A-Z][A-Z\d_]+)=/gm);
    for (const variable of new Set([...used].map(([, variable]) => variable))) {
      const isKnown = [variable, variable.replace(/_FILE$/, '')].some(
        (known) => internal.includes(known) || after.includes(`\`${known}\``),
      );
      if (!isKnown) faults.push(`${name} has ${variable}, docs/configuration.md does not`);
    }
  }
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

import { existsSync, readdirSync } from 'node:fs';
import js from '@eslint/js';
import { importX } from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import tseslint from 'typescript-eslint';

/** Who may import whom: `contracts` nobody, the services only `contracts` and the kits. */
const mayImport = {
  contracts: [],
  'service-kit': ['contracts'],
  'kafka-client': ['service-kit'],
  'command-service': ['contracts', 'service-kit'],
  'query-service': ['contracts', 'service-kit', 'kafka-client'],
  reconcile: ['contracts', 'service-kit', 'kafka-client'],
  debezium: ['contracts', 'service-kit', 'kafka-client', 'reconcile'],
  local: ['contracts', 'service-kit', 'kafka-client'],
  demo: ['service-kit'],
  cli: [
    ...['contracts', 'service-kit', 'command-service', 'query-service', 'reconcile', 'debezium'],
    'demo',
  ],
  bench: ['contracts', 'local', 'reconcile'],
};
/** Connections of PostgreSQL are opened in one file: their settings are pinned there. */
const onlyTypesOfPg = {
  name: 'pg',
  importNames: ['Client', 'Pool', 'native'],
  allowTypeImports: true,
  message: 'open it by service-kit/postgres',
};
/** Pure: Kafka's own terms, such as a partition's offsets, are all that it has of Kafka. */
const onlyTypesOfKafka = {
  regex: '^kafka-client/',
  allowTypeImports: true,
  message: 'the model is pure: import its types',
};
/** Clients of Kafka are made in one place, which knows how to connect and gives them their codecs. */
const noKafkajs = {
  regex: '^kafkajs(/|$)',
  message: 'use kafka-client: it alone knows which client library there is',
};
const noOwnKafka = {
  name: 'kafkajs',
  importNames: ['Kafka'],
  allowTypeImports: true,
  message: 'create it by createKafka of kafka-client/kafka',
};
const noLooseNumbers = {
  name: 'envalid',
  importNames: ['num'],
  message: 'it takes -1 and 6x: use wholeNumber of service-kit/environment',
};
/** A statement has a name, by which it is prepared, traced and killed at. */
const noNamelessStatement = {
  selector: 'CallExpression[callee.property.name="query"]',
  message: 'run it under a name, by sqlOn of service-kit/sql',
};
/** What an operator types differs between the ways to run the system; programs of the host know which one it is. */
const noOwnCommands = ['Literal[value=', 'TemplateElement[value.raw='].map((node) => ({
  selector: `${node}/npm (run|start)|docker compose/]`,
  message:
    'word it by commandOf and its neighbours in contracts/commands: it says what works where the system runs',
}));
const restrictImports = (files, ignores, options) => ({
  files,
  ignores,
  rules: { '@typescript-eslint/no-restricted-imports': ['error', options] },
});
const workspaces = Object.keys(mayImport);
const zones = workspaces.map((target) => ({
  target: `./${target}/src`,
  from: workspaces
    .filter((other) => other !== target && !mayImport[target].includes(other))
    .map((other) => `./${other}`),
  message: `${target} may import only: ${mayImport[target].join(', ') || 'nothing of ours'}`,
}));

const commands = 'command-service/src';
const slices = readdirSync(`${import.meta.dirname}/${commands}`).filter((name) =>
  existsSync(`${import.meta.dirname}/${commands}/${name}/slice.ts`),
);

/**
 * The folders of a workspace's `src`, and files that stand beside them, from the ground up. Each may import only those
 * before it, types included (`no-cycle` does not see those): so no two of them import each other. The order also says
 * where a new file belongs.
 */
const layers = {
  'query-service': [
    'failpoints.ts',
    'model', // what events say and change: pure
    'store', // what a view store does, and SQLite's way of it
    'consistency',
    'views',
    'apply',
    'consumer',
    'serving',
    'rebuild',
    'replica.ts',
    'pipeline',
    'admin',
    'operators',
    'dashboard',
    'cli',
    'config.ts',
    'app.ts',
  ],
  'command-service': [
    'http',
    'outbox',
    'idempotency',
    ...slices, // a kind of aggregate each
    'reemit',
    'migrations',
  ],
  reconcile: ['cannot-compare.ts', 'finding.ts', 'snapshots', 'versions', 'oracles', 'explain'],
  debezium: ['purge', 'pipeline', 'unsendable', 'history'],
};
for (const [workspace, names] of Object.entries(layers)) {
  const folders = readdirSync(`${import.meta.dirname}/${workspace}/src`, { withFileTypes: true });
  const missing = folders.find((entry) => entry.isDirectory() && !names.includes(entry.name));
  if (missing) throw new Error(`${workspace}/src/${missing.name} has no place in its layers`);
  for (const [index, name] of names.slice(0, -1).entries()) {
    zones.push({
      target: `./${workspace}/src/${name}`,
      from: names.slice(index + 1).map((above) => `./${workspace}/src/${above}`),
      message: `${name} stands below it (layers in eslint.config.mjs)`,
    });
  }
}
for (const slice of slices) {
  zones.push({
    target: `./${commands}/${slice}`,
    from: slices.filter((other) => other !== slice).map((other) => `./${commands}/${other}`),
    message: 'a slice does not import another one',
  });
}
zones.push({
  target: './query-service/src/model',
  from: './service-kit',
  message: 'the model imports contracts, and types of kafka-client',
});
for (const store of ['sqlite', 'postgres']) {
  zones.push({
    target: ['!(main).ts', '!(store)/**', 'store/*.ts'].map(
      (name) => `./query-service/src/${name}`,
    ),
    from: `./query-service/src/store/${store}/**`,
    message: 'main.ts alone chooses a store; all else speaks with it by store/*.ts',
  });
}

export default tseslint.config(
  {
    ignores: ['**/dist/', '**/coverage/', '.local/', 'contracts/src/event-types.ts'],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [
        createTypeScriptImportResolver({ noWarnOnMultipleProjects: true }),
      ],
    },
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.test.json', './*/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones }],
    },
  },
  {
    // Only config.ts reads the environment.
    files: ['*/src/**/*.ts'],
    ignores: ['**/config.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'read it in config.ts' },
      ],
    },
  },
  {
    files: ['*/src/**/*.ts'],
    ignores: ['contracts/src/commands.ts', 'bench/**', 'demo/**', 'local/**'],
    rules: { 'no-restricted-syntax': ['error', ...noOwnCommands, noNamelessStatement] },
  },
  {
    // The door itself; what an operator runs once, as `local` does at each start; and reconcile's snapshot, which only
    // reads, each query once, by SQL that oracles make: there is nothing to prepare, and a death there leaves nothing.
    files: [
      'service-kit/src/sql.ts',
      'reconcile/src/snapshots/postgres-snapshot.ts',
      'service-kit/src/database-role.ts',
      ...['migrations/**', 'migrate.ts', 'outbox-topics.ts'].map(
        (file) => `command-service/src/${file}`,
      ),
      ...['apply-setup.ts', 'emit-again.ts', 'begin-history.ts', 'unsendable/skip.ts'].map(
        (file) => `debezium/src/${file}`,
      ),
    ],
    rules: { 'no-restricted-syntax': ['error', ...noOwnCommands] },
  },
  restrictImports(['*/src/**/*.ts'], ['bench/**'], {
    paths: [onlyTypesOfPg, noLooseNumbers],
    patterns: [noKafkajs],
  }),
  restrictImports(['service-kit/src/postgres.ts'], [], { patterns: [noKafkajs] }),
  restrictImports(['kafka-client/src/**/*.ts', 'bench/src/**/*.ts'], [], {
    paths: [onlyTypesOfPg],
  }),
  restrictImports(['query-service/src/model/**/*.ts'], [], {
    paths: [onlyTypesOfPg, noLooseNumbers],
    patterns: [noKafkajs, onlyTypesOfKafka],
  }),
  // A consumer is all details of its library.
  restrictImports(['query-service/src/consumer/**/*.ts'], [], {
    paths: [onlyTypesOfPg, noOwnKafka],
  }),
  {
    // Runs in the browser.
    files: ['query-service/dashboard/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          ...['document', 'performance', 'setInterval', 'sessionStorage', 'matchMedia'],
          ...[
            'getComputedStyle',
            'location',
            'history',
            'navigator',
            'addEventListener',
            'clearInterval',
          ],
          'URLSearchParams',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        AbortSignal: 'readonly',
        module: 'writable',
        require: 'readonly',
        __dirname: 'readonly',
      },
    },
  },
);

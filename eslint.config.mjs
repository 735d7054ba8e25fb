import js from '@eslint/js';
import { importX } from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import tseslint from 'typescript-eslint';

/** Who may import whom: `contracts` nobody, the services and the relay keeper only `contracts` and `service-kit`. */
const mayImport = {
  contracts: [],
  'service-kit': [],
  'command-service': ['contracts', 'service-kit'],
  'query-service': ['contracts', 'service-kit'],
  reconcile: ['contracts', 'service-kit'],
  debezium: ['contracts', 'service-kit', 'reconcile'],
  local: ['service-kit'],
  demo: ['service-kit'],
  bench: ['contracts', 'service-kit', 'command-service', 'local', 'reconcile'],
};
const workspaces = Object.keys(mayImport);
const zones = workspaces.map((target) => ({
  target: `./${target}/src`,
  from: workspaces
    .filter((other) => other !== target && !mayImport[target].includes(other))
    .map((other) => `./${other}`),
  message: `${target} may import only: ${mayImport[target].join(', ') || 'nothing of ours'}`,
}));

export default tseslint.config(
  { ignores: ['**/dist/', '**/coverage/', '.local/', 'contracts/src/event-types.ts'] },
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
    // Runs in the browser.
    files: ['query-service/dashboard/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          ...['document', 'performance', 'setInterval', 'sessionStorage', 'matchMedia'],
          'getComputedStyle',
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

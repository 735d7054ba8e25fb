import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { port, str } from 'envalid';
import { ConfigurationError, decimal, readEnvironment, wholeNumber } from '../src/environment';
import { tracingOf, tracingSpecs } from '../src/tracing';

const specs = {
  HOST: str({ desc: 'where it is' }),
  PORT: port({ default: 80 }),
  NAME: str({ desc: 'what it is called' }),
};

test('every missing and every bad variable is named at once', () => {
  expect(faultsOf({ PORT: 'x' })).toEqual([
    'HOST is missing (where it is)',
    expect.stringMatching(/^PORT is invalid: .*"x"/) as string,
    'NAME is missing (what it is called)',
  ]);
});

test('defaults fill what is not set', () => {
  expect(readEnvironment(specs, { HOST: 'a', NAME: 'b' })).toMatchObject({ PORT: 80 });
});

test('an empty variable is one that is not set', () => {
  expect(readEnvironment(specs, { HOST: 'a', PORT: '', NAME: 'b' })).toMatchObject({ PORT: 80 });
  expect(faultsOf({ HOST: 'a', NAME: '' })).toEqual(['NAME is missing (what it is called)']);
});

describe('a whole number between 1 and 10000', () => {
  const number = { PARTITIONS: wholeNumber(1, 10_000)({ default: 6 }) };

  test.each(['1', '12', '10000'])('is %s', (text) => {
    expect(readEnvironment(number, { PARTITIONS: text }).PARTITIONS).toBe(Number(text));
  });

  test.each(['0', '-1', '2.5', '10001', '6x', '1e3', '0x10', ' 6', 'Infinity'])(
    'is not "%s", and one line says so',
    (text) => {
      const line = `configuration: PARTITIONS is invalid: not a whole number, at least 1 and at most 10000: "${text}"`;
      expect(() => readEnvironment(number, { PARTITIONS: text })).toThrow(line);
    },
  );
});

test.each([
  ['24', 24],
  ['0', 0],
  ['0.5', 0.5],
  ['.25', 0.25],
])('%p is a decimal number', (text, value) => {
  expect(decimal(text)).toBe(value);
});

test.each(['', ' ', ' 1 ', '1e3', '0x10', '+1', '-1', '1.', 'Infinity', '1\n'])(
  '%p is none',
  (text) => {
    expect(decimal(text)).toBeNaN();
  },
);

describe('a variable given as a file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'outbox-analytics-environment-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const fileWith = (text: string): string => {
    const file = join(folder, 'secret');
    writeFileSync(file, text);
    return file;
  };

  test.each([
    ['a trailing newline does not count', 's3cret\n', 's3cret'],
    ['nor does one of two characters', 's3cret\r\n', 's3cret'],
    ['only the last one', 's3cret\n\n', 's3cret\n'],
    ['spaces count', ' s3cret ', ' s3cret '],
  ])('%s', (_, text, value) => {
    expect(readEnvironment(specs, { HOST: 'a', NAME_FILE: fileWith(text) }).NAME).toBe(value);
  });

  test('is checked as if it stood in the environment', () => {
    expect(faultsOf({ HOST: 'a', NAME: 'b', PORT_FILE: fileWith('99999\n') })).toEqual([
      expect.stringMatching(/^PORT is invalid: .*"99999"/) as string,
    ]);
  });

  test('both set is an error, said among the others', () => {
    expect(faultsOf({ NAME: 'b', NAME_FILE: fileWith('c') })).toEqual([
      'NAME_FILE and NAME are both set: one of them is enough',
      'HOST is missing (where it is)',
    ]);
  });

  test('empty beside a set one does not count', () => {
    const environment = { HOST: 'a', HOST_FILE: '', NAME: '', NAME_FILE: fileWith('b') };
    expect(readEnvironment(specs, environment)).toMatchObject({ HOST: 'a', NAME: 'b' });
  });

  test('a file that cannot be read is named once, with the reason', () => {
    const missing = join(folder, 'missing');
    expect(faultsOf({ HOST: 'a', NAME_FILE: missing })).toEqual([
      `NAME_FILE cannot be read: ENOENT: no such file or directory, open '${missing}'`,
    ]);
  });
});

function faultsOf(environment: NodeJS.ProcessEnv): string[] {
  try {
    readEnvironment(specs, environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

it('an empty OTEL_EXPORTER_OTLP_ENDPOINT, as compose passes one that nobody set, switches nothing on', () => {
  const env = readEnvironment(tracingSpecs, { OTEL_EXPORTER_OTLP_ENDPOINT: '' });
  expect(tracingOf(env)).toBeUndefined();
  expect(() => readEnvironment(tracingSpecs, { OTEL_EXPORTER_OTLP_ENDPOINT: 'jaeger' })).toThrow(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
  );
});

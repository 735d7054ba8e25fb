import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { containerOf, isInContainers } from 'contracts/commands';
import { checkout } from 'local/paths';
import { alerts, read } from './support/alert-rules';
import { expectViewsToEqualPostgres } from './support/converge';
import { LocalStack } from './support/local-stack';
import { shownMetrics } from './support/metrics';
import { asEnvironment } from './support/ports';
import { sharedStack } from './support/shared-stack';
import { Shop } from './support/shop';

let stack: LocalStack;
beforeAll(async () => {
  stack = await sharedStack(LocalStack);
});

describe('what docs/operations.md tells to do', () => {
  const page = read('docs/operations.md');
  const inline = (pattern: RegExp): string[] =>
    [...new Set([...page.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code))].filter((code) =>
      pattern.test(code),
    );
  const titles = [...page.matchAll(/^##+ (.+)$/gm)].map(([, title = '']) => title);
  const slug = (title: string): string =>
    title
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-');

  /** Runs a command of the page against this stack. @throws when it fails, with what it printed */
  async function run(command: string): Promise<void> {
    const { SERVER_PORT, QUERY_SERVER_PORT, CONNECT_PORT, RELAY_KEEPER_PORT } = stack.ports;
    const here = Object.entries({
      8080: SERVER_PORT,
      8081: QUERY_SERVER_PORT,
      8083: CONNECT_PORT,
      8084: RELAY_KEEPER_PORT,
    })
      .reduce(
        (text, [port, ours]) => text.replaceAll(`localhost:${port}`, `localhost:${ours}`),
        command,
      )
      .replace(/^curl -s/, 'curl -sS --fail-with-body');
    const env = { ...process.env, ...asEnvironment(stack.ports), LOCAL_DIR: stack.folder };
    await promisify(execFile)('sh', ['-c', here], { cwd: checkout, env, timeout: 60_000 });
  }

  test('the table of failures leads to each alert, and to each section on what was lost', () => {
    const table = /^## When something is wrong$(.*?)^## /ms.exec(page)?.[1] ?? '';
    const led = new Set([...table.matchAll(/\(#([\w-]+)\)/g)].map(([, anchor]) => anchor));
    const lost = titles.slice(titles.indexOf('Backups') + 1);
    expect(lost.length).toBeGreaterThan(4);
    for (const title of [...alerts, ...lost]) expect(led).toContain(slug(title));
  });

  test('each metric that it names is shown', async () => {
    const shown = await shownMetrics(stack);
    // These names belong to PostgreSQL and what runs it.
    const others = [
      'default_transaction_read_only',
      'max_connections',
      'max_slot_wal_keep_size',
      'outbox_skipped',
      'outbox_topics',
      'pg_ctl',
      'pg_prepared_statements',
      'pg_rewind',
      'pg_upgrade',
      'primary_conninfo',
      'primary_slot_name',
      'source_history',
      'synchronized_standby_slots',
      'synchronous_standby_names',
      'wait_event',
    ];
    const named = inline(/^[a-z]+(_[a-z]+)+$/).filter((name) => !others.includes(name));
    expect(named.length).toBeGreaterThan(3);
    for (const name of named) expect(shown).toContain(name);
  });

  test('each command for containers is a program of that part', () => {
    const commands = [
      ...page.matchAll(/docker compose ((?:exec|run --rm)(?: -T)? [a-z-]+) outbox ([a-z-]+)/g),
    ];
    expect(commands.length).toBeGreaterThan(8);
    for (const [, container = '', verb = ''] of commands) {
      expect(isInContainers(verb) && containerOf(verb)).toBe(container.replace(' -T', ''));
    }
  });

  /** So many at least that the page's order 17 is there, and in the views. */
  async function placeOrders(count: number): Promise<void> {
    const shop = new Shop(stack.commands);
    const { body } = await shop.createProduct('Laptop', 'Electronics', 500);
    const item = { productId: Number(body.id), quantity: 1, price: 500 };
    for (let placed = 0; placed < count; placed++) await shop.placeOrder([item]);
    await expectViewsToEqualPostgres(stack);
  }

  test('each curl is answered, and each npm run that only looks ends well; the others are run by the runbooks', async () => {
    const runbooks = [...page.matchAll(/^# npm start$(.*?)^```$/gms)].flatMap(([, block = '']) =>
      block.split('\n'),
    );
    const commands = inline(/^(curl|npm run) [^…]*$/);
    // They need a row that SQL has changed: corrections.local.test.ts makes one and runs them.
    const isOfCorrections = (command: string): boolean => command.includes('--as-is');
    // Each runbook has a reason of its own: `new-history` makes the topics anew, which is nothing for others' looks.
    const withoutReason = (command: string): string => command.replace(/"why"$/, '');
    const isRunThere = (command: string): boolean =>
      isOfCorrections(command) || runbooks.some((line) => line.startsWith(withoutReason(command)));
    const here = commands.filter((command) => !isRunThere(command));
    expect(here.length).toBeGreaterThan(10);
    await placeOrders(17);
    // What restarts or resumes comes last, alone.
    const [acts, looks] = [
      here.filter((one) => one.includes('-X')),
      here.filter((one) => !one.includes('-X')),
    ];
    await Promise.all(looks.map(run));
    for (const command of acts) await run(command);
  });
});

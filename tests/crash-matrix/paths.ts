import type { Exemption } from './awaits';

/** What is on the way of a command, of an applied batch, of a rebuild, of a purge and of the keeper's repairs. */
export const paths = [
  'command-service/src/database.ts',
  'command-service/src/transaction.ts',
  'command-service/src/http',
  'command-service/src/idempotency',
  'command-service/src/orders',
  'command-service/src/outbox',
  'command-service/src/products',
  'command-service/src/reemit',
  'command-service/src/reemit.ts',
];

const primitive = 'this is `sql` itself: each call of it is marked';
const callback = "the caller's own steps, which are marked where they are";
const read = 'answers a GET, which changes nothing';
const start = 'at the start or the end of the process, when nothing is under way';

/** Calls on these ways that need no failpoint of their own. */
export const exemptions: readonly Exemption[] = [
  ...of('command-service/src/transaction.ts', [
    ['runner.query', primitive],
    ['work', callback, 3],
    ['client.end', 'throws away a connection that broke: nobody waits for it'],
    ['runner.release', 'behind a command, `connection-released` follows it'],
    ['runner.rollbackTransaction', 'a death instead of it is PostgreSQL rolling back'],
    ['runner.commitTransaction', '`committed` follows it, outside of what tells errors apart'],
  ]),
  ...of('command-service/src/database.ts', [
    ['dataSource.initialize', start],
    ['dataSource.destroy', start],
  ]),
  ...of('command-service/src/idempotency/once.ts', [['command', callback, 2]]),
  ...of('command-service/src/orders/find-order.ts', [['sql', read]]),
  ...of('command-service/src/products/find-product.ts', [['sql', read]]),
  ...of('command-service/src/orders/routes.ts', [['database.read', read]]),
  ...of('command-service/src/products/routes.ts', [['database.read', read]]),
  ...of('command-service/src/reemit.ts', [
    ['dataSource.initialize', start],
    ['dataSource.destroy', start],
  ]),
];

function of(file: string, calls: [call: string, why: string, times?: number][]): Exemption[] {
  return calls.map(([call, why, times]) => ({ file, call, why, times: times ?? 1 }));
}

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
  'command-service/src/cli.ts',
  'query-service/src/admin/consumption.ts',
  'query-service/src/admin/dead-letters.ts',
  'query-service/src/apply',
  'query-service/src/consumer',
  'query-service/src/replica.ts',
  'query-service/src/rebuild',
  'query-service/src/serving',
  'query-service/src/store',
  'service-kit/src/group-commit.ts',
  'service-kit/src/pauses.ts',
  'service-kit/src/serial-queue.ts',
  'debezium/src/act.ts',
  'debezium/src/purge',
  'debezium/src/control-loop.ts',
  'debezium/src/slot.ts',
  'debezium/src/history/find-history.ts',
  'debezium/src/watermark.ts',
  'debezium/src/watermark-writer.ts',
];

/** Files on these ways that are one step each time they are called, or only look and change nothing. */
export const primitives = [
  'debezium/src/purge/relayed-events.ts',
  'query-service/src/consumer/cluster.ts',
  'query-service/src/consumer/topic-watch.ts',
  'query-service/src/rebuild/differences.ts',
  'query-service/src/serving/opened.ts',
  'query-service/src/store/dead-letter-queries.ts',
  'query-service/src/store/carried-dead-letters.ts',
  'query-service/src/store/dead-letters.ts',
  'query-service/src/store/postgres/checks.ts',
  'query-service/src/store/postgres/database.ts',
  'query-service/src/store/postgres/postgres-reader.ts',
  'query-service/src/store/postgres/snapshot.ts',
  'query-service/src/store/postgres/tables.ts',
  'query-service/src/store/postgres/verification.ts',
  'query-service/src/store/postgres/views-home.ts',
  'query-service/src/store/sqlite/connection.ts',
  'query-service/src/store/sqlite/data-folder.ts',
  'query-service/src/store/sqlite/file-watch.ts',
  'query-service/src/store/sqlite/readers.ts',
  'query-service/src/store/sqlite/small-file.ts',
  'query-service/src/store/sqlite/snapshot.ts',
  'query-service/src/store/sqlite/verification.ts',
  'query-service/src/store/sqlite/verify.ts',
  'query-service/src/store/views-home.ts',
  'query-service/src/store/views-watch.ts',
];

const callback = "the caller's own steps, which are marked where they are";
const read = 'it only reads, to answer or to tell';
const start = 'at the start or the end of the process, when nothing is under way';
const again = 'a start does it again';

/** Calls on these ways that need no failpoint of their own. */
export const exemptions: readonly Exemption[] = [
  ...of('command-service/src/transaction.ts', [
    ['sql', 'the statement of who calls it, which has its name', 1, 'oneOf'],
    ['work', callback, 4],
    ['client.end', 'throws away a connection that broke: nobody waits for it'],
    ['runner.release', 'behind a command, `connection-released` follows it'],
    ['runner.rollbackTransaction', 'a death instead of it is PostgreSQL rolling back'],
    ['runner.commitTransaction', '`committed` follows it, outside of what tells errors apart'],
  ]),
  ...of('command-service/src/database.ts', [
    ['dataSource.initialize', start],
    ['dataSource.destroy', start],
  ]),
  ...of('command-service/src/outbox/append-event.ts', [['write', callback, 1, 'inSendSpan']]),
  ...of('command-service/src/idempotency/once.ts', [['command', callback, 2]]),
  ...of('command-service/src/idempotency/keys-under-way.ts', [['command', callback, 2]]),
  ...of('command-service/src/orders/routes.ts', [
    ['database.read', read],
    ['place', '`connection-released` follows it, in the group that it waits for'],
  ]),
  ...of('command-service/src/products/routes.ts', [['database.read', read]]),
  ...of('command-service/src/reemit/emit-as-is.ts', [['slices[name.type].eventsAsIs', callback]]),
  ...of('command-service/src/reemit/reemit-events.ts', [
    ['slices[type].lockNewestEvent', callback],
  ]),
  ...of('command-service/src/cli.ts', [
    ['dataSource.initialize', start],
    ['dataSource.destroy', start],
  ]),

  ...of('query-service/src/admin/consumption.ts', [['texts', read, 3]]),
  ...of('query-service/src/admin/dead-letters.ts', [
    ['texts', read, 3],
    ['listDeadLetters', read],
    ['findDeadLetter', read],
    ['replica.withDeadLetters', callback, 3],
  ]),
  ...of('query-service/src/apply/applier.ts', [
    ['store.progress', start],
    ['store.acceptedBeginnings', start],
    ['store.skippedBatches', start],
    ['store.deadLetters', start],
    ['this.store.deadLetters', '`rebuild-before-rename` follows it', 1, 'carry'],
    ['this.store.deadLetters', read, 1, 'noteOthers'],
    ['store.progress', read, 1, 'readAnew'],
    ['store.acceptedBeginnings', read, 1, 'readAnew'],
  ]),
  ...of('query-service/src/apply/apply-queue.ts', [
    ['this.pace', '`rebuild-batch-applied` is in it'],
    ['work', callback],
  ]),
  ...of('service-kit/src/group-commit.ts', [['this.options.write', callback]]),
  ...of('query-service/src/consumer/members.ts', [['onSight', read]]),
  ...of('query-service/src/consumer/consumer.ts', [
    ['this.consumer.disconnect', start, 2],
    ['this.watermarkConsumer.disconnect', start],
    ['offsetRanges', '`watermark-read` follows it where it is called'],
    ['this.offsetRanges', callback],
    ['this.admin.disconnect', start],
    ['awaitCluster', start],
    ['this.store.acceptedBeginnings', start],
    ['consumer.connect', start],
    ['consumer.subscribe', start],
    ['consumer.run', start],
    ['watchTopics', 'it only looks'],
  ]),
  ...of('query-service/src/replica.ts', [
    ['this.home.verification.end', 'who compares asks again'],
    ['store.skip', 'whole or not at all: the operator asks again'],
    ['this.home.serves', read],
  ]),
  ...of('query-service/src/rebuild/candidate.ts', [
    ['home.open', 'the plan names the file already'],
    ['candidate.watch.start', 'it only looks'],
    ['this.watch.stop', start],
  ]),
  ...of('query-service/src/rebuild/rebuild.ts', [
    ['checks.violations', read],
    ['differences', read],
    ['this.candidate.consumer.offsetRanges', read],
  ]),
  ...of('query-service/src/rebuild/rebuilds.ts', [
    ['home.create', '`rebuild-candidate-created` follows it'],
    ['store.deadLetters', read],
    ['this.home.openFrozen', read],
    ['this.home.forgetPlan', again, 1, 'goOn'],
    ['this.home.current', read, 2],
    ['this.home.claim', 'it goes with the process'],
    ['this.home.unclaim', 'it goes with the process'],
    ['work', callback, 1, 'claimed'],
    ['this.home.keepReplaced', again],
    [
      'this.home.verification.begin',
      'the next start, or the operator, begins it again; nothing points to a new file yet',
      2,
    ],
    ['this.home.plan', read, 2],
    ['this.home.serves', read, 3],
    ['this.home.isUsable', read, 4],
    ['startNewFile', 'the pointer names the old file or the new one, both are whole', 2],
    ['this.home.tidy', again],
    ['home.verification.begin', '`rebuild-serving-reached` follows it'],
  ]),
  ...of('query-service/src/rebuild/swap.ts', [
    ['home.standStill', 'a death is the pointer as it was, or behind `rebuild-after-rename`', 2],
  ]),
  ...of('query-service/src/serving/serving-views.ts', [
    ['find', callback],
    ['openLive', start],
    ['openFrozen', start],
    ['close', start],
    ['store.check', 'it only looks'],
    ['this.read', read],
  ]),
  ...of('query-service/src/store/postgres/arrays.ts', [
    ['sql', 'the statement of who calls it, which has its name'],
  ]),
  // Each of its transactions is whole or nothing: query-service/test/members.test.ts ends them anywhere.
  ...of('query-service/src/store/postgres/postgres-view-store.ts', [
    ['database.transaction', 'nothing names the schema yet'],
    ['database.close', 'nothing names the schema yet, or at the start', 2],
    ['writeView', 'a death is a ROLLBACK', 1, 'commit'],
    ['this.database.transaction', '`apply-dead-letters-counted` follows it', 1, 'accept'],
    ['this.database.transaction', '`rebuild-before-rename` follows it', 1, 'carry'],
  ]),
  ...of('query-service/src/store/sqlite/sqlite-view-store.ts', [
    ['Connection.openWriter', start],
    ['writer.all', start, 1, 'open'],
    ['writer.close', start],
    ['part.close', start],
    ['writer.script', 'nothing names the file yet', 1, 'open'],
    ['this.writer.all', start, 1, 'origin'],
    ['this.writer.script', 'a death is a ROLLBACK', 1, 'transaction'],
    ['this.writer.script', 'a death is a ROLLBACK', 3, 'carry'],
    ['this.writer.script', '`apply-committed` follows the COMMIT', 1, 'writeWhole'],
    ['this.writer.script', 'the transaction is lost anyway', 1, 'rollBack'],
    ['this.rollBack', 'the transaction is lost anyway'],
  ]),
  ...of('debezium/src/purge/outbox-purge.ts', [
    ['this.admin.close', start],
    ['this.admin.offsetsAt', read, 2],
    ['readBack', read],
  ]),
  ...of('debezium/src/act.ts', [['history.judge', 'it only looks, and its statements are points']]),
  ...of('debezium/src/control-loop.ts', [['observer.observe', 'it only looks']]),
];

function of(
  file: string,
  calls: [call: string, why: string, times?: number, within?: string][],
): Exemption[] {
  return calls.map(([call, why, times = 1, within]) => ({
    file,
    call,
    why,
    times,
    ...(within !== undefined && { within }),
  }));
}

/** Statements of the lists that clients read: nothing is begun that a death could leave half done, so nobody dies there. */
export const onlyRead = [
  ...['time', 'customer', 'product'].flatMap((by) => [`list-orders-by-${by}`, `find-cut-by-${by}`]),
  'count-orders-of-product',
  'list-products',
  'find-cut-of-products',
];

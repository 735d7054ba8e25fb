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
  'query-service/src/admin/consumption.ts',
  'query-service/src/admin/dead-letters.ts',
  'query-service/src/apply',
  'query-service/src/consumer',
  'query-service/src/projection.ts',
  'query-service/src/rebuild',
  'query-service/src/serving',
  'query-service/src/store',
  'query-service/src/turns.ts',
  'debezium/src/act.ts',
  'debezium/src/purge',
  'debezium/src/reconcile.ts',
  'debezium/src/slot.ts',
  'debezium/src/watermark-beat.ts',
];

/** Files on these ways that are one step each time they are called, or only look and change nothing. */
export const primitives = [
  'debezium/src/purge/outbox-rows.ts',
  'debezium/src/purge/relayed-events.ts',
  'debezium/src/slot.ts',
  'query-service/src/consumer/cluster.ts',
  'query-service/src/consumer/group.ts',
  'query-service/src/consumer/topic-watch.ts',
  'query-service/src/rebuild/differences.ts',
  'query-service/src/rebuild/verify.ts',
  'query-service/src/serving/opened.ts',
  'query-service/src/store/carried-letters.ts',
  'query-service/src/store/connection.ts',
  'query-service/src/store/data-folder.ts',
  'query-service/src/store/dead-letter-queries.ts',
  'query-service/src/store/dead-letters.ts',
  'query-service/src/store/file-watch.ts',
  'query-service/src/store/readers.ts',
  'query-service/src/store/small-file.ts',
  'query-service/src/store/verification.ts',
  'query-service/src/store/version-gaps.ts',
];

const primitive = 'this is `sql` itself: each call of it is marked';
const callback = "the caller's own steps, which are marked where they are";
const read = 'it only reads, to answer or to tell';
const start = 'at the start or the end of the process, when nothing is under way';
const again = 'a start does it again';

/** Calls on these ways that need no failpoint of their own. */
export const exemptions: readonly Exemption[] = [
  ...of('command-service/src/transaction.ts', [
    ['client.query', primitive],
    ['sql', '`committed` follows it: one statement is the transaction', 1, 'oneOf'],
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
  ...of('command-service/src/orders/find-order.ts', [['sql', read, 1, 'findOrder']]),
  ...of('command-service/src/products/find-product.ts', [['sql', read]]),
  ...of('command-service/src/orders/routes.ts', [['database.read', read]]),
  ...of('command-service/src/products/routes.ts', [['database.read', read]]),
  ...of('command-service/src/reemit/purged-aggregates.ts', [['sql', read]]),
  ...of('command-service/src/reemit.ts', [
    ['dataSource.initialize', start],
    ['dataSource.destroy', start],
  ]),

  ...of('query-service/src/admin/consumption.ts', [['texts', read, 2]]),
  ...of('query-service/src/admin/dead-letters.ts', [
    ['texts', read, 3],
    ['listDeadLetters', read],
    ['findDeadLetter', read],
    ['projection.withLetters', callback, 3],
  ]),
  ...of('query-service/src/apply/applier.ts', [
    ['store.progress', start],
    ['store.acceptedBeginnings', start],
    ['store.deadLetters', start],
    ['store.openGaps', start],
    ['this.store.deadLetters', '`rebuild-before-rename` follows it', 1, 'carry'],
    ['this.store.openGaps', '`rebuild-before-rename` follows it', 1, 'carry'],
    ['work', '`rebuild-after-rename` is in it'],
  ]),
  ...of('query-service/src/apply/gatherer.ts', [['this.work', callback]]),
  ...of('query-service/src/apply/split.ts', [
    ['work', callback],
    ['alone', callback],
  ]),
  ...of('query-service/src/consumer/consumer.ts', [
    ['this.consumer?.disconnect', start, 3],
    // `watermark-read` follows it where it is called.
    ['this.ends', callback],
    ['this.admin.disconnect', start],
    ['this.admin.connect', start],
    ['readClusterState', start],
    ['this.store.acceptedBeginnings', start],
    ['consumer.connect', start],
    ['consumer.subscribe', start],
    ['consumer.run', start],
    ['freeGroup', start],
    ['removeGroups', again],
    ['watchTopics', 'it only looks'],
  ]),
  ...of('query-service/src/projection.ts', [
    ['this.folder.verification.end', 'who compares asks again'],
  ]),
  ...of('query-service/src/rebuild/candidate.ts', [
    ['SqliteViewStore.open', 'the plan names the file already'],
    ['candidate.watch.start', 'it only looks'],
    ['this.watch.stop', start],
  ]),
  ...of('query-service/src/rebuild/new-file.ts', [
    ['SqliteViewStore.open', '`rebuild-candidate-created` follows it'],
    ['store.deadLetters', read],
  ]),
  ...of('query-service/src/rebuild/rebuild.ts', [
    ['violations', read],
    ['differences', read],
    ['this.candidate.consumer.ends', read],
  ]),
  ...of('query-service/src/rebuild/rebuilds.ts', [
    ['this.folder.forgetPlan', again, 1, 'goOn'],
    ['removeGroups', again],
    ['this.folder.current', read],
    ['this.folder.plan', read],
    ['this.folder.serves', read, 2],
    ['isUsable', read, 3],
    [
      'this.folder.startNewFile',
      'the pointer names the old file or the new one, both are whole',
      2,
    ],
    ['this.folder.tidy', again],
    ['folder.verification.begin', '`rebuild-serving-reached` follows it'],
  ]),
  ...of('query-service/src/serving/serving-views.ts', [
    ['find', callback],
    ['openLive', start],
    ['openFrozen', start],
    ['close', start],
    ['store.check', 'it only looks'],
  ]),
  ...of('query-service/src/serving/swap.ts', [['carriedGaps', read]]),
  ...of('query-service/src/store/sqlite-view-store.ts', [
    ['Connection.openWriter', start],
    ['writer.all', start, 1, 'open'],
    ['writer.close', start],
    ['part.close', start],
    ['writer.script', 'nothing names the file yet', 2, 'create'],
    ['this.writer.all', start, 1, 'origin'],
    ['this.writer.script', 'a death is a ROLLBACK', 1, 'transaction'],
    ['this.writer.script', 'a death is a ROLLBACK', 3, 'carry'],
    ['this.writer.script', '`apply-committed` follows the COMMIT', 1, 'writeWhole'],
    ['this.writer.script', 'the transaction is lost anyway', 1, 'rollBack'],
    ['this.writer.script', 'the transaction is lost anyway', 1, 'exceeded'],
    ['this.writer.script', 'the transaction is lost anyway', 1, 'exceededBy'],
    ['fits', 'the transaction is lost anyway', 2, 'exceededBy'],
    ['this.rollBack', 'the transaction is lost anyway', 2],
  ]),
  ...of('debezium/src/purge/outbox-purge.ts', [
    ['this.admin.close', start],
    ['positionsAt', read, 2],
    ['readBack', read],
    ['outboxSize', read],
    ['rowsBefore', read],
  ]),
  ...of('debezium/src/reconcile.ts', [['this.observer.observe', 'it only looks']]),
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

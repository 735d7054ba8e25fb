import { failpoints } from '../../command-service/src/failpoints';
import type { Point } from './point';

type Failpoint = (typeof failpoints)[keyof typeof failpoints];

/** What makes a command pass failpoints. */
export const commands = ['product', 'order', 'status change'] as const;
export type Command = (typeof commands)[number];

/** A probe whether the service is ready. */
export const readiness = 'readiness';

/** What makes the operator's one-shot pass them: its words, but for the ids. */
export const reemits = [
  'reemit order',
  'reemit product',
  'reemit --as-is order',
  'reemit --as-is product',
  'reemit --purged',
] as const;
export type Reemit = (typeof reemits)[number];

const [product, order, statusChange] = commands;
const [ofOrder, ofProduct, asIsOrder, asIsProduct, ofPurged] = reemits;

const nothing = 'nothing: PostgreSQL rolls back';
const everything = 'all: entity, event, and the answer under its key';
const askAgain = 'the client asks again';
const sameKey = 'the client asks again, with the same `Idempotency-Key`';

function before(passedBy: readonly string[], recovery = sameKey): Point {
  return { passedBy, sees: 'no answer', left: nothing, recovery };
}

const after: Point = {
  passedBy: [...commands, ofOrder],
  sees: 'no answer',
  left: everything,
  recovery: `the event is relayed; ${sameKey} and gets the first answer`,
};

const probe: Point = {
  passedBy: [readiness],
  sees: 'no answer',
  left: 'nothing: it only looks',
  recovery: 'the next probe looks again',
};

function reemitting(...passedBy: Reemit[]): Point {
  return {
    passedBy,
    sees: 'the command ends by a signal',
    left: nothing,
    recovery: 'the operator runs it again',
  };
}

/**
 * Every failpoint of the command service, in the order in which a command passes them: its steps, which the compiler
 * demands, and its statements by their names, which awaits.local.test.ts demands.
 */
export const commandPoints = {
  [failpoints.bodyRead]: before(commands),
  [failpoints.connectionTaken]: before([...commands, ofOrder]),
  [failpoints.transactionBegun]: before([product, statusChange, ofOrder]),
  'lock-key': before([product]),
  'find-answer': before([product]),
  'lock-order': before([statusChange, ofOrder], askAgain),
  'insert-product': before([product]),
  'update-order-status': before([statusChange], askAgain),
  'append-event': before([product, statusChange, ofOrder]),
  'store-answer': before([product]),
  // A statement that commits by itself.
  'place-orders': { ...after, passedBy: [order] },
  [failpoints.committed]: after,
  [failpoints.connectionReleased]: after,
  'delete-expired-keys': {
    passedBy: ['purge of expired keys'],
    sees: 'nothing: no request waits for it',
    left: nothing,
    recovery: 'the next turn of the purge; an expired key counts as none all the while',
  },
  'find-migrations-table': probe,
  'find-missing-rights': probe,
  'find-migrations': probe,
  'find-outbox-topics': probe,
  'require-order': reemitting(ofOrder),
  'require-product': reemitting(ofProduct),
  'lock-reemit': reemitting(ofOrder),
  'find-product': reemitting(ofProduct),
  'find-event': reemitting(ofOrder),
  'reemit-event': reemitting(ofOrder),
  'lock-corrected-order': reemitting(asIsOrder),
  'find-order-before-change': reemitting(asIsOrder),
  'find-order-events': reemitting(asIsOrder),
  'find-order': reemitting(asIsOrder),
  'raise-order-version': reemitting(asIsOrder),
  'forget-order-before-change': reemitting(asIsOrder),
  'raise-product-version': reemitting(asIsProduct),
  'find-purged-product': reemitting(ofPurged),
  'find-purged-order': reemitting(ofPurged),
} satisfies Record<Failpoint, Point> & Record<string, Point>;

export type CommandPoint = keyof typeof commandPoints;

import { failpoints } from '../../command-service/src/failpoints';
import type { Point } from './point';

type Failpoint = (typeof failpoints)[keyof typeof failpoints];

/** What makes a command pass failpoints. */
export const commands = ['product', 'order', 'status change'] as const;
export type Command = (typeof commands)[number];

const [product, order, statusChange] = commands;
const keyed = [product, order];
const reemit = 'reemit';

const nothing = 'nothing: PostgreSQL rolls back';
const everything = 'all: entity, event, and the answer under its key';
const askAgain = 'the client asks again';
const sameKey = 'the client asks again, with the same `Idempotency-Key`';

function before(passedBy: readonly string[], recovery = sameKey): Point {
  return { passedBy, sees: 'no answer', left: nothing, recovery };
}

const after: Point = {
  passedBy: [...commands, reemit],
  sees: 'no answer',
  left: everything,
  recovery: `the event is relayed; ${sameKey} and gets the first answer`,
};

const reemitting: Point = {
  passedBy: [reemit],
  sees: 'the command ends by a signal',
  left: nothing,
  recovery: 'the operator runs it again',
};

/** Every failpoint of the command service, in the order in which a command passes them. */
export const commandPoints: Record<Failpoint, Point> = {
  [failpoints.bodyRead]: before(commands),
  [failpoints.connectionTaken]: before([...commands, reemit]),
  [failpoints.transactionBegun]: before([...commands, reemit]),
  [failpoints.keyLocked]: before(keyed),
  [failpoints.answerLookedUp]: before(keyed),
  [failpoints.orderLocked]: before([statusChange, reemit], askAgain),
  [failpoints.entityWritten]: before([product, statusChange]),
  [failpoints.eventWritten]: before([...commands, reemit]),
  [failpoints.answerStored]: before(keyed),
  [failpoints.committed]: after,
  [failpoints.connectionReleased]: after,
  [failpoints.keysDeleted]: {
    passedBy: ['purge of expired keys'],
    sees: 'nothing: no request waits for it',
    left: nothing,
    recovery: 'the next turn of the purge; an expired key counts as none all the while',
  },
  [failpoints.reemitAggregateFound]: reemitting,
  [failpoints.reemitLocked]: reemitting,
  [failpoints.reemitAggregateRead]: reemitting,
  [failpoints.reemitEventLookedUp]: reemitting,
  [failpoints.reemitRowWritten]: reemitting,
};

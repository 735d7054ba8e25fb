import { GroupCommit } from 'service-kit/group-commit';
import { Lanes } from 'service-kit/lanes';
import { addLinks } from 'service-kit/tracing';
import type { Database } from '../database';
import { isRefused } from '../database-errors';
import type { Answer } from '../http/answer';
import { KeysUnderWay } from '../idempotency/keys-under-way';
import { inSendSpan, type Route } from '../outbox/append-event';
import { answerOf, orderRow, type PlaceOrder } from './place-order';
import { type OrderRow, type Outcome, placeOrdersStatement } from './place-orders-statement';

/** Statements under way at once: while PostgreSQL flushes one, it works at the others. */
const lanes = 2;

/** A statement takes no more items than it places within its time. An order counts as some of its own. */
const mostItems = 500;
const itemsOfOrder = 4;

/**
 * Places orders by group commit: while statements are at PostgreSQL, the orders that come are gathered, and the next
 * statement places all of them (docs/decisions/0090-orders-are-placed-in-groups.md).
 *
 * @param keysLiveMs how long the answer to an Idempotency-Key is kept
 * @returns places one; throws as `orderRow` and `answerOf` do, and `CommitUnconfirmed`
 */
export function placeInGroups(
  database: Database,
  keysLiveMs: number,
): (command: PlaceOrder, route: Route) => Promise<Answer> {
  const keys = new KeysUnderWay();
  const groups = new GroupCommit<OrderRow, Outcome>({
    queue: new Lanes(lanes),
    most: mostItems,
    write: (rows) => placeEach(database, rows, keysLiveMs),
  });
  return (command, route) =>
    keys.run(command.request, () =>
      inSendSpan('OrderCreated', route, async (traceparent) => {
        const row = orderRow(command, { ...route, traceparent });
        return answerOf(command, await groups.add(row, itemsOfOrder + row.items.length));
      }),
    );
}

/**
 * Together. When PostgreSQL refuses to, nothing is written, and each is tried once by itself: it may have been another
 * one's fault, or a key's answer was kept meanwhile, which the next statement sees.
 */
async function placeEach(
  database: Database,
  rows: readonly OrderRow[],
  keysLiveMs: number,
): Promise<(Outcome | Promise<Outcome>)[]> {
  try {
    return await placeTogether(database, rows, keysLiveMs);
  } catch (error) {
    if (!isRefused(error)) throw error;
    return rows.map(async (row) => {
      const [outcome] = await placeTogether(database, [row], keysLiveMs);
      if (outcome === undefined) throw new Error('the statement has no answer');
      return outcome;
    });
  }
}

/** By one statement: all of them, or an error. Its span is the first one's, and leads to the others. */
function placeTogether(
  database: Database,
  rows: readonly OrderRow[],
  keysLiveMs: number,
): Promise<Outcome[]> {
  return database.statement((sql) => {
    addLinks(rows.slice(1).map(({ traceparent }) => traceparent));
    return sql<Outcome>({
      name: 'place-orders',
      text: placeOrdersStatement,
      values: [JSON.stringify(rows), keysLiveMs],
    });
  });
}

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

/** How many statements run at once: while PostgreSQL flushes one, it works on the other. */
const lanes = 2;

/** The most items that one statement can place before its time limit. An order counts as several items. */
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
 * Places the orders together. When PostgreSQL refuses, nothing is written, and each order is tried once by itself:
 * another order may have caused the refusal, or a key's answer was stored meanwhile, which the next statement sees.
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

/**
 * Places all of them by one statement, or throws. Its span belongs to the first order's trace and is linked to the
 * others.
 */
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

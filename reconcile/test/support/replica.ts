import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eachAggregate } from 'contracts/aggregates';
import type { SnapshotTable } from 'contracts/snapshot';
import type { Replica } from '../../src/replica';
import type { PostgresSnapshot } from '../../src/snapshots/postgres-snapshot';
import { stateRows } from '../../src/versions/postgres-states';
import { type Cell, type Shop, statusAt, tables, type Views } from './shop';

/** Answers `GET /snapshot` with a text that a test has written, as the contract describes it. */
export class WrittenReplica {
  private text = '';
  private constructor(private readonly server: Server) {}

  static async start(): Promise<WrittenReplica> {
    const replica = new WrittenReplica(
      createServer((_, response) => response.end(replica.text)).listen(0, '127.0.0.1'),
    );
    await once(replica.server, 'listening');
    return replica;
  }

  get replica(): Replica {
    return { url: `http://127.0.0.1:${(this.server.address() as AddressInfo).port}` };
  }

  /** From now on, a query service that knows this shop's versions and shows these views. */
  async show(
    postgres: PostgresSnapshot,
    { orders, products }: Shop,
    views: Views,
    declared: readonly SnapshotTable[] = tables,
  ): Promise<void> {
    const { orderContents, productContents } = await contentsOf(postgres);
    const lines: [string, ...Cell[]][] = [
      ...orders
        .filter(({ known }) => known > 0)
        .map((order): [string, ...Cell[]] => [
          'order',
          order.id,
          order.known,
          statusAt(order, order.known),
          orderContents.get(order.id) ?? 0,
        ]),
      ...products
        .filter(({ known }) => known > 0)
        .map(({ id, known }): [string, ...Cell[]] => [
          'product',
          id,
          known,
          productContents.get(id) ?? 0,
        ]),
      ...declared.flatMap(({ name }) =>
        (views[name] ?? []).map((row): [string, ...Cell[]] => [name, ...row]),
      ),
    ];
    const end: Record<string, number> = { ...eachAggregate(() => 0), 'dead-letter': 0 };
    for (const { name } of declared) end[name] = 0;
    for (const [section] of lines) end[section] = (end[section] ?? 0) + 1;
    const header = {
      projectionVersion: 1,
      sourceId: null,
      clusterId: null,
      asOf: null,
      unverified: null,
      positions: [],
      tables: declared,
    };
    this.text = [{ snapshot: header }, ...lines, { end }]
      .map((line) => `${Array.isArray(line) ? jsonOf(line) : JSON.stringify(line)}\n`)
      .join('');
  }

  async stop(): Promise<void> {
    this.server.close();
    await once(this.server, 'close');
  }
}

/** Integers of any size as JSON integers. */
const jsonOf = (row: readonly Cell[]): string =>
  `[${row.map((cell) => (typeof cell === 'bigint' ? String(cell) : JSON.stringify(cell))).join(',')}]`;

/** Whether content numbers are right is for others to test; here they are PostgreSQL's. */
async function contentsOf(postgres: PostgresSnapshot) {
  const orderContents = new Map<number, number>();
  const productContents = new Map<number, number>();
  for await (const rows of stateRows(postgres, 'order', null)) {
    for (const [id, , , content] of rows as number[][]) orderContents.set(id ?? 0, content ?? 0);
  }
  for await (const rows of stateRows(postgres, 'product', null)) {
    for (const [id, , content] of rows as number[][]) productContents.set(id ?? 0, content ?? 0);
  }
  return { orderContents, productContents };
}

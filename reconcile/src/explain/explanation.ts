import { formatDecimal } from 'contracts/money';
import { rebuild } from '../repair';
import { isCounted, standing } from '../versions/state';
import { contribution, eventOf, type Fault, type Link, linkFaults } from './chain';
import type { Gathered } from './gather';
import type { Waiting } from '../waiting';
import type { Subject } from './subject';

/** What each hop knows of one aggregate, in words. */
export interface Step {
  readonly aggregate: string;
  readonly row: string;
  readonly event: string;
  readonly record: string;
  readonly applied: string;
  readonly adds: string;
  readonly sum: string;
}

/** A row of a view, beside the sum of the chain. */
export interface Total {
  readonly view: string;
  readonly chain: string;
  readonly shown: string;
  readonly right: boolean;
}

export interface Explanation {
  readonly title: string;
  readonly asOf: string | null;
  readonly steps: readonly Step[];
  readonly totals: readonly Total[];
  readonly faults: readonly Fault[];
  /** The events that wait on their way to the views, and what holds them up; null: none. */
  readonly waiting: Omit<Waiting, 'aggregates'> | null;
}

/** Makes of the gathered facts the chain with its running sum, and says where it is broken. Pure. */
export function explain(subject: Subject, gathered: Gathered): Explanation {
  const { products, orders, waiting } = gathered;
  let sum = 0n;
  const steps = [...products, ...orders].flatMap((link) => {
    const adds = contribution(link);
    sum += adds;
    const versions = subject.kind === 'order' && link.kind === 'order' ? versionsOf(link) : [];
    return [
      ...versions.slice(0, -1).map((v) => stepOf(link, v, null, null)),
      stepOf(link, null, adds, sum),
    ];
  });
  const totals = totalsOf(subject, gathered);
  const wrong = totals.filter(({ right }) => !right);
  const isWaiting = ({ kind, id }: Link): boolean => waiting?.names.has(`${kind}:${id}`) === true;
  const faults = [...products, ...orders].filter((link) => !isWaiting(link)).flatMap(linkFaults);
  if (subject.kind === 'category' && products.length === 0) {
    faults.push({ what: `no product is in category ${subject.name}`, repair: null });
  }
  if (subject.kind === 'customer' && orders.length === 0) {
    faults.push({ what: `customer ${subject.id} has no orders`, repair: null });
  }
  const isChanged = (link: Link): boolean => standing(link.row, link.applied) === 'changed';
  // Sums can be judged only after the changed aggregates have been emitted.
  const judged = [...products, ...orders].some(isChanged) ? [] : wrong;
  for (const { view, chain, shown } of judged) {
    faults.push({
      what: `${view} shows ${shown}, the applied versions add up to ${chain}`,
      repair: rebuild,
    });
  }
  const name = subject.kind === 'category' ? subject.name : subject.id;
  return {
    title: `${subject.kind} ${name}`,
    asOf: gathered.asOf,
    steps,
    totals,
    faults,
    waiting: waiting && { events: waiting.events, standstill: waiting.standstill },
  };
}

function stepOf(link: Link, only: number | null, adds: bigint | null, sum: bigint | null): Step {
  const { kind, id, row, applied } = link;
  const version = only ?? Math.max(row?.version ?? 0, applied?.version ?? 0);
  const { id: event, record } = eventOf(link, version);
  const isNewest = only === null;
  return {
    aggregate: `${kind}:${id}`,
    row: row === undefined ? 'none' : isNewest ? `v${row.version} ${row.label}` : '',
    event: `v${version} ${event}`,
    record,
    applied: isNewest ? (applied === undefined ? 'none' : `v${applied.version}`) : '',
    adds: adds === null || kind !== 'order' ? '' : formatDecimal(adds),
    sum: sum === null || kind !== 'order' ? '' : formatDecimal(sum),
  };
}

function versionsOf({ outbox, records }: Link): number[] {
  const all = [...outbox, ...records].map(({ version }) => version);
  return [...new Set(all)].sort((a, b) => a - b);
}

function totalsOf(subject: Subject, gathered: Gathered): Total[] {
  const { products, orders, views, hours } = gathered;
  // The chain lacks the other orders of an order's products, so no total can be compared with it.
  if (subject.kind === 'order') return [];
  const sold = new Map<number, bigint>();
  for (const { applied, lines } of orders) {
    if (!isCounted(applied)) continue;
    for (const { productId, cents } of lines) {
      sold.set(productId, (sold.get(productId) ?? 0n) + cents);
    }
  }
  const total = (view: string, expected: bigint, shown: bigint | undefined): Total => ({
    view,
    chain: formatDecimal(expected),
    shown: shown === undefined ? 'no row' : formatDecimal(shown),
    right: expected === (shown ?? 0n),
  });
  /** Each table that keeps a total by this one key. */
  const totals = (column: string, key: number | string, expected: bigint): Total[] =>
    (gathered.tables.get(column) ?? []).map((table) => {
      const view = `${table} ${key}`;
      return total(view, expected, views.get(view));
    });
  if (subject.kind === 'category') {
    const known = products.filter(({ applied }) => applied !== undefined);
    const sum = known.reduce((cents, { id }) => cents + (sold.get(id) ?? 0n), 0n);
    return totals('category', subject.name, sum);
  }
  if (subject.kind === 'customer') {
    const sum = orders.reduce((cents, order) => cents + contribution(order), 0n);
    return totals('customer_id', subject.id, sum);
  }
  const sum = sold.get(subject.id) ?? 0n;
  return [
    ...totals('product_id', subject.id, sum),
    total(`hourly-sales of product ${subject.id}, all hours`, sum, hours.get(subject.id) ?? 0n),
  ];
}

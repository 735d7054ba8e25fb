import { decimal } from '../finding';
import { isCounted } from '../states';
import { Corrections } from '../totals';
import { contribution, eventOf, type Fault, type Link, linkFaults } from './chain';
import type { Gathered } from './gather';
import type { Subject } from './subject';

/** One aggregate's way, as people read it. */
export interface Step {
  readonly aggregate: string;
  readonly row: string;
  readonly event: string;
  readonly record: string;
  readonly applied: string;
  readonly adds: string;
  readonly sum: string;
}

/** A row of a view beside what the chain adds up to. */
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
}

/** Turns what was gathered into the chain with its running sum, and says where it is broken. Pure. */
export function explain(subject: Subject, gathered: Gathered): Explanation {
  const { products, orders } = gathered;
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
  const faults = [...products, ...orders].flatMap(linkFaults);
  if (subject.kind === 'category' && products.length === 0) {
    faults.push({ what: `no product is in category ${subject.name}`, repair: null });
  }
  if (subject.kind === 'customer' && orders.length === 0) {
    faults.push({ what: `customer ${subject.id} has no orders`, repair: null });
  }
  for (const { view, chain, shown } of wrong) {
    faults.push({
      what: `${view} shows ${shown}, the applied versions add up to ${chain}`,
      repair: { script: 'consumption', args: ['rebuild'] },
    });
  }
  const name = subject.kind === 'category' ? subject.name : subject.id;
  return { title: `${subject.kind} ${name}`, asOf: gathered.asOf, steps, totals, faults };
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
    adds: adds === null || kind === 'product' ? '' : decimal(adds),
    sum: sum === null || kind === 'product' ? '' : decimal(sum),
  };
}

function versionsOf({ outbox, records }: Link): number[] {
  const all = [...outbox, ...records].map(({ version }) => version);
  return [...new Set(all)].sort((a, b) => a - b);
}

function totalsOf(subject: Subject, { products, orders, views, windows }: Gathered): Total[] {
  // The other orders of an order's products are not in the chain, so its totals say nothing.
  if (subject.kind === 'order') return [];
  const chain = new Corrections();
  for (const order of orders) {
    if (isCounted(order.applied)) for (const line of order.lines) chain.add(line, 1);
  }
  const total = (view: string, expected: bigint, shown: bigint | undefined): Total => ({
    view,
    chain: decimal(expected),
    shown: shown === undefined ? 'no row' : decimal(shown),
    right: expected === (shown ?? 0n),
  });
  if (subject.kind === 'category') {
    const known = products.filter(({ applied }) => applied !== undefined);
    const sum = known.reduce((cents, { id }) => cents + (chain.products.get(id) ?? 0n), 0n);
    const view = `category-revenue ${subject.name}`;
    return [total(view, sum, views.get(view))];
  }
  if (subject.kind === 'customer') {
    const sum = orders.reduce((cents, order) => cents + contribution(order), 0n);
    const view = `customer-totals ${subject.id}`;
    return [total(view, sum, views.get(view))];
  }
  const hourly = windows.reduce((cents, window) => cents + window.cents, 0n);
  const sum = chain.products.get(subject.id) ?? 0n;
  return [
    ...[`product-sales ${subject.id}`, `product-revenue ${subject.id}`].map((view) =>
      total(view, sum, views.get(view)),
    ),
    total(`hourly-sales of product ${subject.id}, all hours`, sum, hourly),
  ];
}

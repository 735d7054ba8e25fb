import { orderContent } from '../../src/model/content';
import { failpoint } from 'service-kit/failpoints';
import type { fold, AppliedVersions, OrderChange, Sale } from '../../src/model/changes';
import type { Decoded, decode, OrderEvent } from '../../src/model/event';
import { failpoints } from '../../src/failpoints';
import type { Step, ViewStore } from '../../src/store/view-store';
import { noChanges, nothingApplied } from '../support/changes';

/** A defect that someone might write, as a change to one of the apply core's functions or to the store. */
interface Bug {
  decode?(real: typeof decode): typeof decode;
  fold?(real: typeof fold): typeof fold;
  store?(real: ViewStore): ViewStore;
}

/** The defects that the simulation must find, each by a difference in the answers. */
export const bugs: Record<string, Bug> = {
  'versions are ignored': {
    fold: (real) => (events) => real(events, nothingApplied),
  },

  'an older version is applied over a newer one': {
    fold: (real) => (events, known) => {
      const same = (id: number, version: number) =>
        events.some((event) => event.id === id && event.version === version);
      return real(events, {
        ...known,
        orders: mapValues(known.orders, (order, id) =>
          same(id, order.version) ? order : { ...order, version: 0 },
        ),
        products: mapValues(known.products, (product, id) =>
          same(id, product.version) ? product : { ...product, version: 0 },
        ),
      });
    },
  },

  'a duplicate within one batch counts': {
    fold: (real) => (events, known) => {
      const parts = events.map((event) => real([event], known));
      return {
        changes: {
          ...noChanges,
          sales: parts.flatMap((part) => part.changes.sales),
          orders: parts.flatMap((part) => part.changes.orders),
          products: parts.flatMap((part) => part.changes.products),
        },
        newest: {
          ...nothingApplied,
          orders: new Map(parts.flatMap(({ newest }) => [...newest.orders])),
          products: new Map(parts.flatMap(({ newest }) => [...newest.products])),
        },
        applied: events.length,
        duplicates: 0,
        gaps: [],
        refused: [],
      };
    },
  },

  'money is a float': {
    decode: (real) =>
      changeOrders(real, (order) => ({
        ...order,
        items: order.items.map((line) => ({
          ...line,
          price: Math.floor((line.price / 100) * 100) as typeof line.price,
        })),
      })),
  },

  'a cancellation is counted twice': {
    fold: (real) => changeSales(real, (sale) => (sale.units < 0 ? [sale, sale] : [sale])),
  },

  'a cancellation takes out what was never counted': {
    fold: (real) => (events, known) => {
      const cancelled = events.filter(
        (event) =>
          event.aggregate === 'order' &&
          event.status === 'CANCELLED' &&
          events.find(({ id }) => id === event.id) === event,
      );
      const counted = cancelled.flatMap((event) =>
        event.aggregate === 'order'
          ? [[event.id, { version: 0, status: 'CREATED', content: orderContent(event) }] as const]
          : [],
      );
      return real(events, { ...known, orders: new Map([...counted, ...known.orders]) });
    },
  },

  'an order is not taken out of the status that it leaves': {
    fold: (real) => changeOrderChanges(real, (change) => ({ ...change, from: null })),
  },

  'a cancelled order stays in the total of its customer': {
    fold: (real) =>
      changeOrderChanges(real, (change) =>
        change.to === 'CANCELLED' ? { ...change, to: 'SHIPPED' } : change,
      ),
  },

  'an order counts for another customer': {
    fold: (real) =>
      changeOrderChanges(real, (change) => ({ ...change, customerId: change.customerId + 1 })),
  },

  'a product keeps its first name': {
    fold: (real) => (events, known) => {
      const folded = real(events, known);
      const first = (id: number, name: string): string =>
        known.products.has(id) ? 'Name 1' : name;
      const products = folded.changes.products.map((product) => ({
        ...product,
        name: first(product.id, product.name),
      }));
      return { ...folded, changes: { ...folded.changes, products } };
    },
  },

  'a sale counts in the hour in which it is processed': {
    fold: (real) =>
      changeSales(real, (sale) => [{ ...sale, hour: Math.floor(Date.now() / 3_600_000) }]),
  },

  'the move of a product to another category is forgotten': {
    fold: (real) => (events, known) => {
      const folded = real(events, known);
      const products = folded.changes.products.filter((p) => !known.products.has(p.id));
      return { ...folded, changes: { ...folded.changes, products } };
    },
  },

  'the same product twice in an order counts once': {
    decode: (real) =>
      changeOrders(real, (order) => ({
        ...order,
        items: [...new Map(order.items.map((line) => [line.productId, line])).values()],
      })),
  },

  'the offset is committed before the views': {
    store: (real) =>
      withCommit(real, async (step) => {
        await real.commit(onlyProgress(step));
        await failpoint(failpoints.afterCommit);
        return real.commit(step);
      }),
  },

  'the offset is committed after the views': {
    store: (real) =>
      withCommit(real, async (step) => {
        await real.commit({ ...step, progress: [] });
        await failpoint(failpoints.afterCommit);
        return real.commit(onlyProgress(step));
      }),
  },

  'versions are committed, the views are not': {
    store: (real) =>
      withCommit(real, async (step) => {
        await real.commit({ ...step, changes: noChanges });
        await failpoint(failpoints.afterCommit);
        return real.commit({ ...onlyProgress(step), changes: step.changes });
      }),
  },
};

/** The defect under test. The functions that wrap the real ones look here at each call. */
let planted: Bug = {};

export function plant(bug: Bug): void {
  planted = bug;
}

export const withPlanted = {
  decode: (real: typeof decode): typeof decode => {
    return (record) => (planted.decode?.(real) ?? real)(record);
  },
  fold: (real: typeof fold): typeof fold => {
    return (events, known) => (planted.fold?.(real) ?? real)(events, known);
  },
  store: (real: ViewStore): ViewStore => planted.store?.(real) ?? real,
};

function changeOrders(
  real: typeof decode,
  change: (order: OrderEvent) => OrderEvent,
): typeof decode {
  return (record): Decoded => {
    const decoded = real(record);
    if (decoded.kind !== 'event' || decoded.aggregate !== 'order') return decoded;
    return change(decoded);
  };
}

function changeSales(real: typeof fold, change: (sale: Sale) => Sale[]): typeof fold {
  return (events, known: AppliedVersions) => {
    const folded = real(events, known);
    return {
      ...folded,
      changes: { ...folded.changes, sales: folded.changes.sales.flatMap(change) },
    };
  };
}

function changeOrderChanges(
  real: typeof fold,
  change: (order: OrderChange) => OrderChange,
): typeof fold {
  return (events, known: AppliedVersions) => {
    const folded = real(events, known);
    const orders = folded.changes.orders.map(change);
    return { ...folded, changes: { ...folded.changes, orders } };
  };
}

const withCommit = (real: ViewStore, commit: ViewStore['commit']): ViewStore =>
  Object.assign(Object.create(real) as ViewStore, { commit });

const onlyProgress = ({ progress }: Step): Step => ({
  changes: noChanges,
  newest: nothingApplied,
  parked: [],
  settled: [],
  healing: null,
  progress,
  sourceId: null,
  basis: null,
});

const mapValues = <V>(map: ReadonlyMap<number, V>, change: (value: V, id: number) => V) =>
  new Map([...map].map(([id, value]) => [id, change(value, id)]));

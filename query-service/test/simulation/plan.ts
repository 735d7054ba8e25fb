import fc from 'fast-check';

/**
 * One case: what happened, how the relay wrote it down, and how it was read. Plain data, so that a
 * counterexample can be read and shrinks to the few steps that matter.
 */
export interface Plan {
  /** Ids are 1, 2, 3 …; a version for each category that the product was in. */
  readonly products: readonly { readonly categories: readonly string[] }[];
  /** Ids are 1, 2, 3 …; a version for each status. */
  readonly orders: readonly PlannedOrder[];
  /** How each event was written, taken in turns when there are more events. */
  readonly written: readonly Written[];
  /** How it is read. What is left after the last step is read to the end without trouble. */
  readonly steps: readonly ReadStep[];
}

interface PlannedOrder {
  readonly customer: number;
  readonly lines: readonly { product: number; quantity: number; cents: number }[];
  readonly placedAt: string;
  readonly statuses: readonly string[];
}

export interface Written {
  /** 0 drops a superseded version, as a purge before a snapshot does. The newest is always there. */
  readonly copies: number;
  /** Where each copy stands among the others of its partition. All 0: as it happened. */
  readonly ranks: readonly number[];
  /** Whether a copy that nobody can read stands before it. */
  readonly poisoned: boolean;
}

export interface ReadStep {
  readonly partition: number;
  readonly size: number;
  readonly event: ReadEvent;
}

/** What befalls a batch, or the reader before it. */
export type ReadEvent =
  | 'nothing'
  | 'crash before the transaction'
  | 'crash between two statements'
  | 'crash before the commit'
  | 'crash after the commit'
  | 'group rejoined'
  | 'fetched again'
  | 'replay from the beginning';

const lives = [
  ['CREATED'],
  ['CREATED', 'CANCELLED'],
  ['CREATED', 'SHIPPED'],
  ['CREATED', 'SHIPPED', 'DELIVERED'],
];

const order = (products: number): fc.Arbitrary<PlannedOrder> =>
  fc.record({
    customer: fc.integer({ min: 1, max: 3 }),
    lines: fc.array(
      fc.record({
        product: fc.integer({ min: 1, max: products }),
        quantity: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constant(10_000)),
        // 0.29 and 1.15 are among those that float arithmetic gets wrong.
        cents: fc.oneof(
          fc.constantFrom(0, 7, 29, 115, 99_999_999),
          fc.integer({ min: 0, max: 9_999 }),
        ),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    placedAt: fc
      .integer({ min: 0, max: 3 * 24 * 60 - 1 })
      .map((minute) => new Date(Date.UTC(2026, 1, 26) + minute * 60_000 + 59_999).toISOString()),
    statuses: fc.constantFrom(...lives),
  });

const rank = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.nat(9) },
);

const written: fc.Arbitrary<Written> = fc.record({
  copies: fc.constantFrom(1, 1, 0, 2),
  ranks: fc.tuple(rank, rank),
  poisoned: fc.constantFrom(false, false, false, false, false, false, false, true),
});

const step: fc.Arbitrary<ReadStep> = fc.record({
  partition: fc.nat(3),
  size: fc.integer({ min: 1, max: 5 }),
  event: fc.constantFrom<ReadEvent>(
    'nothing',
    'nothing',
    'nothing',
    'crash before the transaction',
    'crash between two statements',
    'crash before the commit',
    'crash after the commit',
    'group rejoined',
    'fetched again',
    'replay from the beginning',
  ),
});

export const plan: fc.Arbitrary<Plan> = fc.integer({ min: 1, max: 3 }).chain((products) =>
  fc.record({
    products: fc.array(
      fc.record({
        categories: fc.array(fc.constantFrom('A', 'B', 'Ünïcode "C"'), {
          minLength: 1,
          maxLength: 3,
        }),
      }),
      { minLength: products, maxLength: products },
    ),
    orders: fc.array(order(products), { minLength: 1, maxLength: 5 }),
    written: fc.array(written, { minLength: 1, maxLength: 20 }),
    steps: fc.array(step, { maxLength: 10 }),
  }),
);

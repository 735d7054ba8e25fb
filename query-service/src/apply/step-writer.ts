import { failpoint } from 'service-kit/failpoints';
import type { Logger } from 'service-kit/logger';
import { failpoints } from '../failpoints';
import type { Parked, Settled } from '../store/dead-letters';
import type { Step, ViewStore } from '../store/view-store';
import type { View } from '../views/view';
import type { Event } from './batch';
import { fold, type Folded } from './changes';
import { foundGaps, settleGaps, type GapChanges } from './gaps';
import { healingOf, identify, type TopicAggregates } from './letter';
import type { ApplyMetrics } from './metrics';

/** What a step holds besides what its events change. */
interface Rest {
  readonly parked: readonly Parked[];
  readonly settled: readonly Settled[];
  readonly progress: Step['progress'];
}

/** Writes steps into the store: what events change there, with the rest, in one transaction. One at a time. */
export class StepWriter {
  /** Called when a step is committed, with the aggregates that it moved on. */
  onApplied: (folded: Folded) => void = () => undefined;

  /**
   * @param metrics where steps count
   * @param source the database that the views are of; null: the first event decides
   */
  constructor(
    private readonly store: ViewStore,
    private readonly views: readonly View[],
    public metrics: ApplyMetrics,
    private readonly logger: Logger,
    private readonly topics: TopicAggregates,
    private source: string | null,
  ) {}

  /** The database that the views are of; null: nothing was applied yet. */
  get sourceId(): string | null {
    return this.source;
  }

  /** @param onWriting called when only SQLite is at work on it */
  async write(
    events: readonly Event[],
    rest: Rest,
    onWriting: () => void = () => undefined,
  ): Promise<void> {
    const started = performance.now();
    const orders = idsOf(events, 'order');
    const products = idsOf(events, 'product');
    const folded = fold(events, await this.store.known(orders, products));
    const source = this.source ?? events[0]?.sourceId ?? null;
    const lettersChange =
      this.metrics.deadLetters.open > 0 || rest.parked.length > 0 || rest.settled.length > 0;
    const gapsChange = this.metrics.openGaps > 0 || folded.gaps.length > 0;
    const step: Step = {
      statements: this.views.flatMap((view) => view.writes(folded.changes)),
      orders: folded.orders,
      products: folded.products,
      parked: rest.parked.map((letter) => ({
        ...letter,
        identity: identify(letter.record, this.topics),
      })),
      settled: rest.settled,
      healing: lettersChange ? healingOf(events, folded) : null,
      gaps: gapsChange ? await this.gapsOf(events, folded, orders, products) : null,
      progress: rest.progress,
      sourceId: source === this.source ? null : source,
    };

    await failpoint(failpoints.beforeTransaction);
    const committed = this.store.commit(step);
    onWriting();
    await committed;
    this.onApplied(folded);
    this.source = source;

    if (lettersChange) this.metrics.deadLetters = await this.store.deadLetters();
    await failpoint(failpoints.lettersCounted);
    if (gapsChange) this.metrics.openGaps = await this.store.openGaps();
    await failpoint(failpoints.gapsCounted);
    this.metrics.batchApplied(folded, rest.parked.length, performance.now() - started);
    for (const gap of folded.gaps) {
      this.logger.warn(gap, 'version gap: an event is missing or late');
    }
  }

  private async gapsOf(
    events: readonly Event[],
    folded: Folded,
    orders: readonly number[],
    products: readonly number[],
  ): Promise<GapChanges> {
    const open = [
      ...(orders.length === 0 ? [] : await this.store.openGapsOf('order', orders)),
      ...(products.length === 0 ? [] : await this.store.openGapsOf('product', products)),
    ];
    await failpoint(failpoints.gapsRead);
    return settleGaps(open, foundGaps(events, folded), events);
  }
}

function idsOf(events: readonly Event[], aggregate: Event['aggregate']): number[] {
  const ids = new Set<number>();
  for (const event of events) if (event.aggregate === aggregate) ids.add(event.id);
  return [...ids];
}

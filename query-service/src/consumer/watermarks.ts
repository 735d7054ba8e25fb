import type { PartitionOffsets } from 'kafka-client/offset-ranges';
import { partitionName } from '../model/partition';
import type { Positions } from './positions';

/** How many watermarks may wait to be reached: each is looked at whenever a position advances. */
const mostWaiting = 100;

/** A watermark that was reached. */
interface Reached {
  readonly watermark: string;
  /** The same in milliseconds since 1970: each answer asks for it. */
  readonly instant: number;
  /** When it was reached, by `performance.now()`. */
  readonly at: number;
}

/**
 * Tells how fresh the views are, by the relay's watermarks.
 *
 * A watermark T is a row that goes the way of all events, in the order of PostgreSQL's log. When it
 * is read, every event committed before T lies below the end offsets of that moment; when the
 * positions have reached those, answers include every command that was committed before T.
 */
export class Watermarks {
  /** The watermark that was reached last. */
  private reached: Reached | null = null;
  private latestEnds: readonly PartitionOffsets[] = [];
  private waiting: { watermark: string; ends: readonly PartitionOffsets[] }[] = [];

  constructor(private readonly positions: Positions) {}

  /** Answers include every command committed before this instant, ISO-8601 UTC. Null: not known yet. */
  get asOf(): string | null {
    return this.reached?.watermark ?? null;
  }

  /** Seconds since a watermark was reached; null: none was yet. */
  get sinceReachedSeconds(): number | null {
    return this.reached === null ? null : (performance.now() - this.reached.at) / 1_000;
  }

  /**
   * Seconds since `asOf`, between PostgreSQL's clock and this one's, and at least those in which nothing newer was
   * reached: a clock that was set back makes nothing younger. Null: not known yet.
   */
  get ageSeconds(): number | null {
    const { reached, sinceReachedSeconds } = this;
    if (reached === null || sinceReachedSeconds === null) return null;
    return Math.max((Date.now() - reached.instant) / 1_000, sinceReachedSeconds);
  }

  /**
   * @param watermark the instant T
   * @param ends the end offsets of all event partitions, captured after T was read
   */
  read(watermark: string, ends: readonly PartitionOffsets[]): void {
    this.latestEnds = ends;
    this.waiting.push({ watermark, ends });
    // While much is to be read, a watermark is added each second. Drop one, but never the oldest, which is reached
    // first.
    if (this.waiting.length > mostWaiting) this.waiting.splice(1, 1);
    this.settle();
  }

  /** How many offsets were there when the last watermark was read, and are still to be read. */
  get behind(): number {
    return this.positions.behind(this.latestEnds);
  }

  /** The place of the first of them; null when there are none. */
  get firstBehind(): string | null {
    const first = this.latestEnds.find((end) => this.positions.behind([end]) > 0);
    if (first === undefined) return null;
    const { topic, partition } = first;
    return `${partitionName(topic, partition)} at ${this.positions.of(topic, partition)}`;
  }

  inherit(asOf: string | null): void {
    if (asOf !== null) this.reach(asOf);
  }

  /** Call when positions have advanced. */
  settle(): void {
    // Ends only grow, so watermarks before the latest reached one are reached, too.
    const latest = this.waiting.findLastIndex(({ ends }) => this.positions.behind(ends) === 0);
    const reached = this.waiting[latest];
    if (reached === undefined) return;
    this.waiting = this.waiting.slice(latest + 1);
    this.reach(reached.watermark);
  }

  /**
   * The last watermark counts, not the highest: when PostgreSQL's clock was set back, it stamps new commits with
   * instants that were claimed before, and the earlier claim would cover what is not in Kafka yet.
   */
  private reach(watermark: string): void {
    this.reached = { watermark, instant: Date.parse(watermark), at: performance.now() };
  }
}

import type { PartitionOffsets } from '../apply/history';
import type { Positions } from './positions';

/** Watermarks that wait to be reached. Each is looked at whenever a position advances. */
const mostWaiting = 100;

/**
 * How fresh the views are, by the relay's watermarks.
 *
 * A watermark T is a row that goes the way of all events, in the order of PostgreSQL's log. When it
 * is read, every event committed before T lies below the end offsets of that moment; when the
 * positions have reached those, answers include every command that was committed before T.
 */
export class Watermarks {
  private newest: string | null = null;
  private latestEnds: readonly PartitionOffsets[] = [];
  private waiting: { watermark: string; ends: readonly PartitionOffsets[] }[] = [];

  constructor(private readonly positions: Positions) {}

  /** Answers include every command committed before this instant, ISO-8601 UTC. Null: not known yet. */
  get asOf(): string | null {
    return this.newest;
  }

  /**
   * @param watermark the instant T
   * @param ends the end offsets of all event partitions, captured after T was read
   */
  read(watermark: string, ends: readonly PartitionOffsets[]): void {
    this.latestEnds = ends;
    this.waiting.push({ watermark, ends });
    // While much is to be read, one more comes each second. Not the oldest: it is reached first.
    if (this.waiting.length > mostWaiting) this.waiting.splice(1, 1);
    this.settle();
  }

  /** Offsets that were there when the last watermark was read, and are still to be read. */
  get behind(): number {
    return this.positions.behind(this.latestEnds);
  }

  inherit(asOf: string | null): void {
    if (asOf !== null && (this.newest === null || asOf > this.newest)) this.newest = asOf;
  }

  /** Call when positions have advanced. */
  settle(): void {
    // Ends only grow: what was read before the latest reached one is reached as well.
    const latest = this.waiting.findLastIndex(({ ends }) => this.positions.behind(ends) === 0);
    const reached = this.waiting[latest];
    if (reached === undefined) return;
    this.waiting = this.waiting.slice(latest + 1);
    if (this.newest === null || reached.watermark > this.newest) this.newest = reached.watermark;
  }
}

import { checkStillThere, partitionName, type PartitionOffsets } from '../apply/history';
import { Positions } from './positions';
import { Watermarks } from './watermarks';

/**
 * How far reading has come, and what that means for a reader of the views: whether everything up to
 * the start is in them, how fresh they are, and whether they can be trusted.
 */
export class Reading {
  private readonly positions = new Positions();
  private readonly watermarks = new Watermarks(this.positions);
  private waitingFor: string | null = 'Kafka';
  private endsAtStart: readonly PartitionOffsets[] = [];
  private unassigned: readonly string[] = ['any partition'];
  private hasCaughtUp = false;
  private fault: string | null = null;
  private newestWatermark: string | null = null;

  /** Why reading has halted for good; null while it has not. */
  get halted(): string | null {
    return this.fault;
  }

  get caughtUp(): boolean {
    return this.hasCaughtUp;
  }

  /** The views include every command committed before this instant, ISO-8601 UTC; null: not known. */
  get asOf(): string | null {
    return this.watermarks.asOf;
  }

  /** Offsets that the topics held about a second ago and that are still to be read, markers included. */
  get behind(): number {
    const sinceStart = this.hasCaughtUp ? 0 : this.positions.behind(this.endsAtStart);
    return Math.max(sinceStart, this.watermarks.behind);
  }

  /** The newest watermark that was read, reached or not; null: none yet. */
  get arrived(): string | null {
    return this.newestWatermark;
  }

  /** @see Positions.behind */
  behindOf(ends: readonly PartitionOffsets[]): number {
    return this.positions.behind(ends);
  }

  /** Why these views are not (yet) what a reader expects, one sentence each. */
  notReady(): string[] {
    if (this.fault !== null) return [`consumption has halted: ${this.fault}`];
    if (this.waitingFor !== null) return [`waiting for ${this.waitingFor}`];
    if (this.unassigned.length > 0) {
      return [`the consumer group has not given this member ${this.unassigned.join(', ')}`];
    }
    if (this.hasCaughtUp) return [];
    return [
      `catching up: ${this.positions.behind(this.endsAtStart)} offsets behind the end at start`,
    ];
  }

  /** What another reader has shown of the same views: they are at least this fresh. */
  inherit(asOf: string | null): void {
    this.watermarks.inherit(asOf);
  }

  wait(waitingFor: string): void {
    this.waitingFor = waitingFor;
  }

  /** @param ends of all event partitions; reading has caught up when it has reached them */
  begin(ends: readonly PartitionOffsets[]): void {
    this.waitingFor = null;
    this.endsAtStart = ends;
  }

  /** @returns the partitions that another member has got */
  assign(assignment: Record<string, number[]>): readonly string[] {
    this.unassigned = this.endsAtStart
      .filter(({ topic, partition }) => !assignment[topic]?.includes(partition))
      .map(({ topic, partition }) => partitionName(topic, partition));
    this.settle();
    return this.unassigned;
  }

  /** @param next the offset that will be read next */
  advance(topic: string, partition: number, next: number): void {
    this.positions.advance(topic, partition, next);
    this.settle();
  }

  /**
   * @see Watermarks.read
   * @param read what `next` was before the ends were captured
   * @throws {HistoryFault} when they lie before what was read: of a topic that was created anew, whose ends say
   *   nothing about what the one before held
   */
  readWatermark(
    watermark: string,
    read: ReturnType<Reading['next']>,
    ends: readonly PartitionOffsets[],
  ): void {
    checkStillThere(read, ends);
    this.newestWatermark = watermark;
    this.watermarks.read(watermark, ends);
  }

  halt(reason: string): void {
    this.fault = reason;
  }

  /** The next offset to read of each event partition. */
  next(): { topic: string; partition: number; offset: number }[] {
    return this.endsAtStart.map(({ topic, partition }) => ({
      topic,
      partition,
      offset: this.positions.of(topic, partition),
    }));
  }

  private settle(): void {
    this.watermarks.settle();
    this.hasCaughtUp ||= this.waitingFor === null && this.positions.behind(this.endsAtStart) === 0;
  }
}

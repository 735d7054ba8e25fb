import { checkBeginning, checkStillThere } from '../model/history';
import type { PartitionOffsets } from 'kafka-client/offset-ranges';
import { partitionName } from '../model/partition';
import { Positions } from './positions';
import { Watermarks } from './watermarks';

/** Reading moves when a watermark came within this time; one comes every second. */
const movingSeconds = 3;

/**
 * The progress of reading, and what it means for a reader of the views: whether they contain everything up to the
 * start, how fresh they are, and whether they can be trusted.
 */
export class Reading {
  private readonly positions = new Positions();
  private readonly watermarks = new Watermarks(this.positions);
  private waitingFor: string | null = 'Kafka';
  /** The offsets of each partition when it was first seen: at the start, or when it was added. */
  private endsAtStart: readonly PartitionOffsets[] = [];
  private assignment: Readonly<Record<string, number[]>> | null = null;
  #caughtUp = false;
  #halted: string | null = null;
  #arrived: string | null = null;
  private refusedWatermark: string | null = null;
  /** Why it is not known what others have read; null while it is. */
  private blind: string | null = null;

  /** @param isShared whether others read some of the partitions: which this one is given says nothing then */
  constructor(private readonly isShared = false) {}

  /** Why reading has halted until an operator decides; null while it has not. */
  get halted(): string | null {
    return this.#halted;
  }

  get caughtUp(): boolean {
    return this.#caughtUp;
  }

  /** The views include every command committed before this instant, ISO-8601 UTC; null: not known. */
  get asOf(): string | null {
    return this.watermarks.asOf;
  }

  /** @see Watermarks.ageSeconds */
  get ageSeconds(): number | null {
    return this.watermarks.ageSeconds;
  }

  /** How many offsets were in the topics about a second ago and are still to be read, markers included. */
  get behind(): number {
    const sinceStart = this.#caughtUp ? 0 : this.positions.behind(this.endsAtStart);
    return Math.max(sinceStart, this.watermarks.behind);
  }

  /** The newest watermark that was read, whether it is reached or not; null: none yet. */
  get arrived(): string | null {
    return this.#arrived;
  }

  /** Why answers are not fresher than `asOf`, for people. */
  get whyOld(): string {
    const { asOf, refusedWatermark } = this;
    const since =
      asOf === null
        ? 'how fresh the numbers are is not known yet'
        : `the numbers stand still since ${asOf}`;
    if (refusedWatermark !== null) {
      return `${since}: watermark ${refusedWatermark} is ahead of this clock; set PostgreSQL's clock and this one right`;
    }
    const { behind, firstBehind, sinceReachedSeconds } = this.watermarks;
    if (firstBehind !== null) {
      return `${since}: ${behind} offsets are still to be read, first ${firstBehind}`;
    }
    if (sinceReachedSeconds !== null && sinceReachedSeconds < movingSeconds) {
      return `watermarks come through and are old (${asOf}): set PostgreSQL's clock and this one right`;
    }
    return asOf === null ? since : `${since}: no newer watermark comes through`;
  }

  /** @see Positions.behind */
  behindOf(ends: readonly PartitionOffsets[]): number {
    return this.positions.behind(ends);
  }

  /** The reasons why these views are not (yet) what a reader expects, a sentence each. */
  notReady(): string[] {
    if (this.#halted !== null) return [`consumption has halted: ${this.#halted}`];
    if (this.waitingFor !== null) return [`waiting for ${this.waitingFor}`];
    if (this.blind !== null) return [`how far others have read is not known: ${this.blind}`];
    const unassigned =
      this.assignment === null ? ['any partition'] : this.unassignedOf(this.assignment);
    if (unassigned.length > 0 && !this.isShared) {
      return [`the consumer group has not given this member ${unassigned.join(', ')}`];
    }
    if (this.#caughtUp) return [];
    return [
      `catching up: ${this.positions.behind(this.endsAtStart)} offsets behind the end at start`,
    ];
  }

  /** Takes over how fresh another reader has shown the same views to be. */
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

  /** @returns the partitions that another member reads */
  assign(assignment: Record<string, number[]>): readonly string[] {
    this.assignment = assignment;
    this.settle();
    return this.unassignedOf(assignment);
  }

  /**
   * Takes in partitions that were added to a topic. They are read from their beginning, and reading has caught up only
   * when it has reached their ends, too.
   *
   * @param ends of all event partitions, now
   * @returns the partitions that were not known before
   * @throws {HistoryFault} when the first records of one are gone
   */
  grow(ends: readonly PartitionOffsets[]): readonly string[] {
    if (this.waitingFor !== null) return [];
    const known = new Set(this.endsAtStart.map((p) => partitionName(p.topic, p.partition)));
    const added = ends.filter((p) => !known.has(partitionName(p.topic, p.partition)));
    if (added.length === 0) return [];
    for (const partition of added) checkBeginning(partition);
    this.endsAtStart = [...this.endsAtStart, ...added];
    this.#caughtUp = false;
    this.settle();
    return added.map(({ topic, partition }) => partitionName(topic, partition));
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
    this.#arrived = watermark;
    this.refusedWatermark = null;
    this.watermarks.read(watermark, ends);
  }

  refuseWatermark(watermark: string): void {
    this.refusedWatermark = watermark;
  }

  /** @param why null: it is known again */
  blindTo(why: string | null): void {
    this.blind = why;
  }

  halt(reason: string): void {
    this.#halted = reason;
  }

  /** The next offset to read of each event partition. */
  next(): { topic: string; partition: number; offset: number }[] {
    return this.endsAtStart.map(({ topic, partition }) => ({
      topic,
      partition,
      offset: this.positions.of(topic, partition),
    }));
  }

  private unassignedOf(assignment: Readonly<Record<string, number[]>>): string[] {
    return this.endsAtStart
      .filter(({ topic, partition }) => !assignment[topic]?.includes(partition))
      .map(({ topic, partition }) => partitionName(topic, partition));
  }

  private settle(): void {
    this.watermarks.settle();
    this.#caughtUp ||= this.waitingFor === null && this.positions.behind(this.endsAtStart) === 0;
  }
}

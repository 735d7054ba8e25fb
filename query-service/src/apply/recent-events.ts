import type { Event } from '../model/event';
import { recordName } from '../model/record';

/** How many are kept. */
const kept = 200;

/** An event that came into the views, as people follow it. */
export interface RecentEvent {
  /** Grows by one from event to event of this process. */
  readonly number: number;
  /** When it was visible, ISO-8601 UTC, by this machine's clock. */
  readonly at: string;
  /** `order:17` */
  readonly aggregate: string;
  readonly version: number;
  /** An order's status, a product's name. */
  readonly is: string;
  /** `topic/partition@offset` */
  readonly record: string;
}

/** The last events that this process has read, whether they changed anything or not. In memory: no number depends on it. */
export class RecentEvents {
  private events: RecentEvent[] = [];
  /** Not from 0: who asks from behind a number of the process before must see that it is another one. */
  private number = Date.now() * 1_000;

  /** Notes a batch that is committed. */
  note(events: readonly Event[], at: Date): void {
    this.number += Math.max(0, events.length - kept);
    const noted = events.slice(-kept).map((event) => ({
      number: ++this.number,
      at: at.toISOString(),
      aggregate: `${event.aggregate}:${event.id}`,
      version: event.version,
      is: event.aggregate === 'order' ? event.status : event.name,
      record: recordName(event.record),
    }));
    this.events = [...this.events, ...noted].slice(-kept);
  }

  /** Those behind this number, the oldest first, as far as they are kept. */
  since(number: number): readonly RecentEvent[] {
    return this.events.filter((event) => event.number > number);
  }
}

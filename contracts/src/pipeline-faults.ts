import { startOf } from './commands';
import { printable } from './printable';
import type { HopName, Standstill } from './pipeline';

/**
 * What the state of a part of the pipeline means: what is wrong, at which hop, whether events stand before it, and what
 * cures it. The relay keeper's readiness, the hops of `GET /api/pipeline`, reconcile, explain and the audit all speak so;
 * what is wrong before the consumer is the keeper's to tell (debezium/src/relay-faults.ts).
 */
export interface Fault {
  readonly hop: HopName;
  /** A sentence without its full stop. It carries no running number: another sentence is another state. */
  readonly cause: string;
  /** What events wait behind: "the paused connector"; null: they go on all the same. */
  readonly behind: string | null;
  /** A command, or what does it by itself; null: the cause says it. */
  readonly cure: string | null;
}

/** What the query service knows of its own reading. */
interface ReadingSeen {
  /** Why reading has halted for good, with the command that ends that; null: it goes on. */
  readonly halted: string | null;
  /** Why it is not ready, one sentence each. */
  readonly notReady: readonly string[];
  /** Kafka could be asked how far reading is behind. */
  readonly isKafkaThere: boolean;
}

/** What is wrong with reading from Kafka. */
export function readingFaults({ halted, notReady, isKafkaThere }: ReadingSeen): Fault[] {
  const hop = 'consumer';
  // The reason of a halt names its own command.
  if (halted !== null) {
    return [{ hop, cause: halted, behind: 'the query service, which has halted', cure: null }];
  }
  return [
    ...(isKafkaThere
      ? []
      : [
          {
            hop,
            cause: 'Kafka does not tell how far reading is behind',
            behind: 'Kafka, which does not answer',
            cure: startOf('kafka'),
          } as const,
        ]),
    ...notReady.map((cause): Fault => ({ hop, cause, behind: null, cure: null })),
  ];
}

/** A fault as a reason: what it is, and what cures it. */
export const reasonOf = ({ cause, cure }: Fault): string =>
  printable(cure === null ? cause : `${cause}; ${cure}`);

/**
 * The one fault that holds events up, when there are several; null: none does. Pure.
 *
 * @param faults causes before what they lead to
 * @param since the newest watermark that has come through the faulty hops
 */
export function standstillOf(faults: readonly Fault[], since: string | null): Standstill | null {
  const fault = faults.find(({ behind }) => behind !== null);
  if (fault?.behind == null) return null;
  const { hop, cause, behind, cure } = fault;
  // Causes quote what others wrote, a row of the outbox among them.
  return { hop, cause: printable(cause), behind, cure, since };
}

/** `5 events wait behind the stopped connector since 2026-02-27T11:15:03Z; resume it: curl …` */
export function waitingSentence(events: number, standstill: Standstill | null): string {
  const wait = events === 1 ? '1 event waits' : `${events} events wait`;
  if (standstill === null) return `${wait} on the way`;
  const { behind, since, cure, cause } = standstill;
  const from = since === null ? '' : ` since ${since.replace(/\.\d+Z$/, 'Z')}`;
  return `${wait} behind ${behind}${from}; ${cure ?? cause}`;
}

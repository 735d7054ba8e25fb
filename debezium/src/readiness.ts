import { isDeepStrictEqual } from 'node:util';
import type { ConnectorConfig, ConnectorFound } from './connect-rest';
import type { Observation } from './observation';

/** The loop looks every second; an observation this old means that it hangs. */
const staleAfterMs = 30_000;
const unwrittenAfterMs = 5_000;
/** A relay that says RUNNING and moves nothing is found out by this. */
const unarrivedAfterMs = 10_000;

/**
 * Why the relay does not do its job, one sentence each; empty when it does. Pure.
 * The sentences carry no running numbers, so that a change of them is a change of state.
 *
 * @param now by the keeper's clock
 */
export function notReady(
  seen: Observation | undefined,
  now: number,
  wanted: ConnectorConfig,
): string[] {
  if (seen === undefined) return ['the keeper has not looked yet'];
  return [
    ...(now - seen.at > staleAfterMs ? ['the keeper has stopped looking'] : []),
    ...topicFaults(seen),
    ...connectorFaults(seen, wanted),
    ...slotFaults(seen),
    ...unwritten(seen, now),
    ...unarrived(seen, now),
  ];
}

/** What is wrong with the topics. */
export function topicFaults({ topics }: Observation): string[] {
  if (!topics.ok) return [`Kafka does not answer: ${topics.reason}`];
  return [
    ...topics.value.missing.map(({ topic }) => `there is no topic ${topic}`),
    ...topics.value.faults.map((fault) => `topic ${fault}`),
  ];
}

/** What is wrong with the connector, by what Connect says of it. */
export function connectorFaults({ connector }: Observation, wanted: ConnectorConfig): string[] {
  if (!connector.ok) return [`Kafka Connect does not answer: ${connector.reason}`];
  return faultsOf(connector.value, wanted);
}

function faultsOf(connector: ConnectorFound | null, wanted: ConnectorConfig): string[] {
  if (connector === null) return ['Connect has no connector outbox-relay'];
  const because = (trace?: string): string => (trace === undefined ? '' : `: ${trace}`);
  return [
    ...(isDeepStrictEqual(connector.config, wanted)
      ? []
      : ["the connector's configuration is not that of outbox-relay.json"]),
    ...(connector.state === 'RUNNING'
      ? []
      : [
          `the connector is ${connector.state}${because(connector.trace)}${howToResume(connector)}`,
        ]),
    ...(connector.tasks.length === 0 ? ['the connector has no task'] : []),
    ...connector.tasks
      .filter(({ state }) => state !== 'RUNNING')
      .map(({ id, state, trace }) => `task ${id} is ${state}${because(trace)}`),
  ];
}

/** The keeper leaves these states alone: a person wanted them. */
function howToResume({ state }: ConnectorFound): string {
  const byHand = state === 'PAUSED' || state === 'STOPPED';
  return byHand ? ': PUT /connectors/outbox-relay/resume starts it again' : '';
}

/** What is wrong with the slot, or with PostgreSQL. */
export function slotFaults({ slot }: Observation): string[] {
  if (!slot.ok) return [`PostgreSQL does not answer: ${slot.reason}`];
  if (slot.value === null) return ['there is no slot relay'];
  if (slot.value.walStatus === 'lost')
    return ['the slot is lost: PostgreSQL removed WAL it needed'];
  return slot.value.active ? [] : ['nobody reads the slot'];
}

/** Whether watermarks go into the outbox's log. */
export function unwritten({ watermark }: Observation, now: number): string[] {
  return olderThan(watermark.writtenAt, unwrittenAfterMs, now)
    ? ['no watermark is being written']
    : [];
}

/** Whether watermarks come out of the relay. */
export function unarrived({ watermark }: Observation, now: number): string[] {
  return olderThan(watermark.arrivedAt, unarrivedAfterMs, now)
    ? ['no watermark arrives on its topic']
    : [];
}

const olderThan = (at: number | null, ms: number, now: number): boolean =>
  at === null || now - at > ms;

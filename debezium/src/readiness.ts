import { isDeepStrictEqual } from 'node:util';
import type { ConnectorConfig, ConnectorFound } from './connect-rest';
import type { Observation } from './observation';
import type { Slot } from './slot';

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
    ...(seen.topics.ok
      ? [
          ...seen.topics.value.missing.map(({ topic }) => `there is no topic ${topic}`),
          ...seen.topics.value.faults.map((fault) => `topic ${fault}`),
        ]
      : [`Kafka does not answer: ${seen.topics.reason}`]),
    ...(seen.connector.ok
      ? connectorFaults(seen.connector.value, wanted)
      : [`Kafka Connect does not answer: ${seen.connector.reason}`]),
    ...(seen.slot.ok
      ? slotFaults(seen.slot.value)
      : [`PostgreSQL does not answer: ${seen.slot.reason}`]),
    ...watermarkFaults(seen.watermark, now),
  ];
}

function connectorFaults(connector: ConnectorFound | null, wanted: ConnectorConfig): string[] {
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

function slotFaults(slot: Slot | null): string[] {
  if (slot === null) return ['there is no slot relay'];
  if (slot.walStatus === 'lost') return ['the slot is lost: PostgreSQL removed WAL it needed'];
  return slot.active ? [] : ['nobody reads the slot'];
}

function watermarkFaults(
  { writtenAt, arrivedAt }: Observation['watermark'],
  now: number,
): string[] {
  const olderThan = (at: number | null, ms: number): boolean => at === null || now - at > ms;
  return [
    ...(olderThan(writtenAt, unwrittenAfterMs) ? ['no watermark is being written'] : []),
    ...(olderThan(arrivedAt, unarrivedAfterMs) ? ['no watermark arrives on its topic'] : []),
  ];
}

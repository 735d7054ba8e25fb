import { setTimeout as wait } from 'node:timers/promises';
import type { AssignerProtocol } from 'kafkajs';
import { topics } from './kafka';
import type { TestEvent } from './events';

/**
 * Two brokers in memory, in the place of kafkajs's connections to a cluster: everything else of kafkajs is the real
 * one. So a test can say between which two requests a leader moves.
 */
class TwoBrokers {
  /** The broker that leads `order-events/0`. Broker 2 leads everything else. */
  private leader = 1;
  /** From the first records on: the next request to the other broker says that metadata is stale. */
  private isMoving = false;
  /** What `order-events/0` holds. */
  readonly log: unknown[] = [];
  /** How many records one fetch brings. */
  readonly perFetch = 1_000;
  private onAsked = (): void => undefined;
  /** The new leader was asked for `order-events/0`. It has nothing to give before `giveRecords`. */
  readonly asked = new Promise<void>((resolve) => (this.onAsked = resolve));
  private givesRecords = false;

  write(events: readonly TestEvent[]): void {
    for (const { key, value, headers } of events) {
      this.log.push({
        offset: String(this.log.length),
        key: Buffer.from(key),
        value: Buffer.from(value),
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]),
        ),
        timestamp: '0',
        isControlRecord: false,
        batchContext: { producerId: '-1', inTransaction: false },
      });
    }
  }

  giveRecords(): void {
    this.givesRecords = true;
  }

  metadataOf(topic: string) {
    const leader = topic === topics.order ? this.leader : 2;
    return [{ partitionId: 0, partitionErrorCode: 0, leader, replicas: [1, 2], isr: [1, 2] }];
  }

  highOf(topic: string): string {
    return String(topic === topics.order ? this.log.length : 0);
  }

  async fetch(nodeId: number, wanted: Wanted[]): Promise<object> {
    if (nodeId === 2 && this.isMoving) {
      this.isMoving = false;
      // Until the consumer has taken what the other one has answered.
      await wait(100);
      this.leader = 2;
      throw staleMetadata();
    }
    const responses = wanted.map(({ topic, partitions }) => ({
      topicName: topic,
      partitions: partitions.map(({ partition, fetchOffset }) => ({
        partition,
        errorCode: 0,
        highWatermark: this.highOf(topic),
        abortedTransactions: [],
        messages: topic === topics.order ? this.recordsFrom(Number(fetchOffset)) : [],
      })),
    }));
    const isEmpty = responses.every((r) => r.partitions.every((p) => p.messages.length === 0));
    // Never at once: a fetcher whose batches are not taken asks again and again.
    await wait(isEmpty ? 50 : 5);
    return { responses };
  }

  private recordsFrom(offset: number): unknown[] {
    if (this.leader === 1) this.isMoving = true;
    else this.onAsked();
    if (this.leader === 2 && !this.givesRecords) return [];
    return this.log.slice(offset, offset + this.perFetch);
  }
}

interface Wanted {
  readonly topic: string;
  readonly partitions: readonly { partition: number; fetchOffset: string }[];
}

export const cluster = new TwoBrokers();

/** What kafkajs throws when a broker does not lead a partition any more. */
function staleMetadata(): Error {
  const { createErrorFromCode } = jest.requireActual<{
    createErrorFromCode: (code: number) => Error;
  }>('kafkajs/src/protocol/error');
  return createErrorFromCode(6);
}

/** Not at once: kafkajs asks for this module while it is being loaded itself. */
const assignerProtocol = (): typeof AssignerProtocol =>
  jest.requireActual('kafkajs/src/consumer/assignerProtocol');

const group = { generationId: 0, assignment: Buffer.alloc(0) };

/** As kafkajs's `Broker`, as far as a consumer and its admin client ask. */
const brokerOf = (nodeId: number) => ({
  nodeId,
  isConnected: () => true,
  fetch: ({ topics: wanted }: { topics: Wanted[] }) => cluster.fetch(nodeId, wanted),
  joinGroup: ({ groupProtocols }: { groupProtocols: { name: string; metadata: Buffer }[] }) => {
    const [protocol] = groupProtocols;
    return Promise.resolve({
      generationId: ++group.generationId,
      leaderId: 'member',
      memberId: 'member',
      groupProtocol: protocol?.name,
      members: [{ memberId: 'member', memberMetadata: protocol?.metadata }],
    });
  },
  syncGroup: () =>
    Promise.resolve({
      memberAssignment: assignerProtocol().MemberAssignment.encode({
        version: 1,
        assignment: Object.fromEntries(Object.values(topics).map((topic) => [topic, [0]])),
        userData: Buffer.alloc(0),
      }),
    }),
  heartbeat: () => Promise.resolve({}),
  leaveGroup: () => Promise.resolve({}),
  offsetCommit: () => Promise.resolve({}),
  offsetFetch: ({ topics: asked }: { topics: { topic: string; partitions: object[] }[] }) =>
    Promise.resolve({
      responses: asked.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map((p) => ({ ...p, offset: '0' })),
      })),
    }),
});

/** As kafkajs's `Cluster`. */
export class Cluster {
  readonly brokerPool = { brokers: {} };
  private readonly committed = {};
  private known = new Map<string, ReturnType<TwoBrokers['metadataOf']>>();

  isConnected = () => true;
  connect = () => Promise.resolve();
  disconnect = () => Promise.resolve();
  removeBroker = () => undefined;
  refreshMetadataIfNecessary = () => Promise.resolve();
  refreshMetadata = () => {
    this.known = new Map(Object.values(topics).map((t) => [t, cluster.metadataOf(t)]));
    return Promise.resolve();
  };
  addTargetTopic = () => this.refreshMetadata();
  addMultipleTargetTopics = () => this.refreshMetadata();
  getNodeIds = () => ['1', '2'];
  findBroker = ({ nodeId }: { nodeId: string }) => Promise.resolve(brokerOf(Number(nodeId)));
  findGroupCoordinator = () => Promise.resolve(brokerOf(1));
  findTopicPartitionMetadata = (topic: string) => this.known.get(topic) ?? [];
  committedOffsets = () => this.committed;
  metadata = () =>
    Promise.resolve({
      brokers: [],
      clusterId: 'in memory',
      controllerId: 1,
      topicMetadata: Object.values(topics).map((topic) => ({
        topic,
        partitionMetadata: cluster.metadataOf(topic),
      })),
    });
  fetchTopicsOffset = (asked: { topic: string; fromBeginning: boolean }[]) =>
    Promise.resolve(
      asked.map(({ topic, fromBeginning }) => ({
        topic,
        partitions: [{ partition: 0, offset: fromBeginning ? '0' : cluster.highOf(topic) }],
      })),
    );
}

import type { Topics } from 'contracts/topics';
import type { KafkaRight } from 'kafka-client/acls';

/** What rights are about. */
interface Names {
  readonly topics: Topics & { readonly watermark: string };
  /** What the names of the query services' consumer groups begin with. */
  readonly groupPrefix: string;
}

/** What each process needs of a broker that lets nobody do what no ACL says, and no more. SECURITY.md has it as a table. */
export function kafkaRights({ topics, groupPrefix }: Names): KafkaRight[] {
  const ours = Object.values(topics).flatMap((name): KafkaRight[] => [
    {
      ...{ user: 'keeper', on: 'topic', name },
      operations: ['create', 'read', 'describe', 'alter', 'configs', 'configure'],
    },
    { user: 'connect', on: 'topic', name, operations: ['write', 'describe'] },
    { user: 'query', on: 'topic', name, operations: ['read', 'describe'] },
  ]);
  const workers = ['connect-configs', 'connect-offsets', 'connect-status'].map(
    (name): KafkaRight => ({
      ...{ user: 'connect', on: 'topic', name },
      operations: ['create', 'read', 'write', 'describe', 'configs'],
    }),
  );
  const transactions = ['relay-connect-*', 'connect-cluster-relay-connect'].map(
    (name): KafkaRight => ({
      ...{ user: 'connect', on: 'transaction', name },
      operations: ['write', 'describe'],
    }),
  );
  const reads = (user: string, name: string): KafkaRight => ({
    ...{ user, on: 'group', name },
    operations: ['read'],
  });
  return [
    ...ours,
    ...workers,
    ...transactions,
    ...['relay-keeper-*', 'outbox-purge-*', 'explain-*'].map((name) => reads('keeper', name)),
    reads('connect', 'relay-connect'),
    reads('query', `${groupPrefix}-*`),
  ];
}

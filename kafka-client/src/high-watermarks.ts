import type { Admin, Kafka } from 'kafkajs';

const createCluster = 'private:Kafka:createCluster';
const readUncommitted = 0;

/**
 * kafkajs's admin client, with `fetchTopicOffsets` telling high watermarks: the ends of what is written, whether its
 * transaction has ended or not.
 *
 * kafkajs asks for last stable offsets, and its admin client has no option for it. Those say nothing of what stands
 * behind an unfinished transaction, committed or not: who had read up to them would call itself current.
 *
 * @throws when this version of kafkajs makes its clusters in another way
 */
export function adminOfHighWatermarks(kafka: Kafka): Admin {
  const name = Object.getOwnPropertySymbols(kafka).find((s) => s.description === createCluster);
  if (name === undefined) throw new Error(`this version of kafkajs has no ${createCluster}`);
  const create = Reflect.get(kafka, name) as (options: object) => unknown;
  const asking = Object.create(kafka, {
    [name]: { value: (options: object) => create({ ...options, isolationLevel: readUncommitted }) },
  }) as Kafka;
  return asking.admin();
}

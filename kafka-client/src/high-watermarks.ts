import type { Admin, Kafka } from 'kafkajs';

const createCluster = 'private:Kafka:createCluster';
const readUncommitted = 0;

/**
 * kafkajs's admin client, whose `fetchTopicOffsets` returns high watermarks: the ends of all written records, whether
 * their transactions have ended or not.
 *
 * By itself, kafkajs asks for last stable offsets, and has no option for it. Those hide everything after an unfinished
 * transaction, committed or not: a reader that has reached them would call itself current.
 *
 * @throws when this version of kafkajs creates its clusters in another way
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

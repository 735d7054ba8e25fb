import { str } from 'envalid';

/** Where the brokers are. What else it takes to reach them, such as TLS and SASL, belongs here, too. */
export interface KafkaConnection {
  /** `host:port` of some brokers: they name the others. */
  readonly brokers: readonly string[];
}

/** The environment of every process that is a client of Kafka. */
export const connectionSpecs = {
  KAFKA_BOOTSTRAP_SERVERS: str({
    default: 'kafka:9092',
    desc: 'host:port of brokers, joined by commas',
  }),
};

/** From an environment that was read with `connectionSpecs`. */
export const connectionOf = (env: { KAFKA_BOOTSTRAP_SERVERS: string }): KafkaConnection => ({
  brokers: env.KAFKA_BOOTSTRAP_SERVERS.split(','),
});

import type { RunBy } from 'contracts/commands';
import type { KafkaConnection } from 'kafka-client/connection';
import type { Login } from 'service-kit/postgres';
import { readRelayKeeperConfig, readSetupConfig } from '../config';
import type { ConnectAddress } from '../connect-rest';

/** The addresses and logins of everything that events pass. */
export interface RelayConfig {
  /** The role that may change the outbox. */
  readonly owner: Login;
  /** The role that owns the slot. */
  readonly relay: Login;
  readonly connect: ConnectAddress;
  readonly kafka: KafkaConnection;
  readonly runBy: RunBy;
}

/** @throws {ConfigurationError} */
export function readRelayConfig(environment: NodeJS.ProcessEnv = process.env): RelayConfig {
  const { database: owner } = readSetupConfig(environment);
  const { database: relay, connect, kafka, audit } = readRelayKeeperConfig(environment);
  return { owner, relay, connect, kafka, runBy: audit.runBy };
}

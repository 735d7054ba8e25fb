import type { Command } from 'service-kit/command-line';

/** A login that a verb gets to see, of those that `npm start` knows. ADMIN: the token for admin listeners. */
export type Login =
  | 'POSTGRES'
  | 'SERVICE_DB'
  | 'RELAY_DB'
  | 'AUDIT_DB'
  | 'CONNECT'
  | 'ADMIN'
  | 'KAFKA_ADMIN'
  | 'KAFKA_KEEPER';

/** A word behind `outbox`. */
export interface Verb {
  readonly name: string;
  /** As in the list of all; the package says more. */
  readonly summary: string;
  /** What it is given where the environment is made for it; null: it asks no running system. */
  readonly logins: readonly Login[] | null;
  /** Loads the package that owns it, and nothing else. */
  load(this: void): Promise<Command>;
}

const owner = ['POSTGRES', 'RELAY_DB', 'AUDIT_DB'] as const;
/** And Kafka Connect's, to stop the connector and to resume it; Kafka's, to delete topics. */
const relay = [...owner, 'CONNECT', 'KAFKA_ADMIN'] as const;

export const verbs: readonly Verb[] = [
  {
    name: 'status',
    summary: 'the pipeline, hop by hop: outbox, slot, connector, topics, consumer, views',
    logins: ['ADMIN'],
    load: async () => (await import('query-service/cli')).status,
  },
  {
    name: 'reconcile',
    summary: 'the views against PostgreSQL, to the cent',
    logins: ['AUDIT_DB', 'ADMIN'],
    load: async () => (await import('reconcile/cli')).reconcile,
  },
  {
    name: 'explain',
    summary: 'where every cent of a total comes from',
    logins: ['AUDIT_DB', 'ADMIN', 'KAFKA_KEEPER'],
    load: async () => (await import('reconcile/cli')).explain,
  },
  {
    name: 'dead-letters',
    summary: 'events that could not be applied: list, redrive, discard',
    logins: ['ADMIN'],
    load: async () => (await import('query-service/cli')).deadLetters,
  },
  {
    name: 'consumption',
    summary: 'reading the topics: status, resume, rebuild, backup',
    logins: ['ADMIN'],
    load: async () => (await import('query-service/cli')).consumption,
  },
  {
    name: 'reemit',
    summary: 'have events relayed again: order:17 product:1',
    logins: ['SERVICE_DB'],
    load: async () => (await import('command-service/cli')).reemit,
  },
  {
    name: 'relay',
    summary: 'events that cannot be sent: unsendable, skip',
    logins: relay,
    load: async () => (await import('relay-keeper/cli')).relay,
  },
  {
    name: 'relay-setup',
    summary: 'give the database what the relay needs: roles, rights, publication',
    logins: owner,
    load: async () => (await import('relay-keeper/cli')).relaySetup,
  },
  {
    name: 'new-history',
    summary: 'after PostgreSQL was restored from a backup, begin anew',
    logins: relay,
    load: async () => (await import('relay-keeper/cli')).newHistory,
  },
  {
    name: 'demo',
    summary: 'a lively shop on the running system',
    logins: [],
    load: async () => (await import('demo/cli')).demo,
  },
  {
    name: 'new',
    summary: 'write a view that works, to be changed into the one that is wanted',
    logins: null,
    load: async () => (await import('./new.js')).create,
  },
  {
    name: 'completion',
    summary: 'what makes a shell complete these words',
    logins: null,
    load: async () => (await import('./completion.js')).completion,
  },
];

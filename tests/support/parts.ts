/** A long-running process of the system, however it is run. */
export const partNames = [
  'query-service',
  'command-service',
  'relay-keeper',
  'connect',
  'kafka',
  'postgres',
] as const;
export type PartName = (typeof partNames)[number];

/** The ports that the whole-system tests talk to, by the variables that set them. */
export const portNames = [
  'SERVER_PORT',
  'QUERY_SERVER_PORT',
  'QUERY_ADMIN_PORT',
  'CONNECT_PORT',
  'DB_PORT',
  'COMMAND_ADMIN_PORT',
  'RELAY_KEEPER_PORT',
] as const;
export type Ports = Readonly<Record<(typeof portNames)[number], number>>;

/**
 * Where a test can make the keeper die between two steps that are no statements: those have failpoints of their own, by
 * their names (service-kit/sql).
 */
export const failpoints = {
  /** The topics exist, the connector does not yet. */
  topicsCreated: 'keeper-topics-created',
  /** Connect has the connector. */
  connectorPut: 'keeper-connector-put',
  /** A restart of the connector was requested. */
  connectorRestarted: 'keeper-connector-restarted',
  /** PostgreSQL is not what it was, and the connector is stopped. */
  connectorStopped: 'keeper-connector-stopped',
  /** Its history was judged, and the connector runs again; the outbox takes no rows yet. */
  connectorResumed: 'keeper-connector-resumed',
  /** Events were read back from Kafka, their outbox rows are still there. Only with an OUTBOX_RETENTION_HOURS so short that some are due. */
  purgeRead: 'purge-events-read',
} as const;

/** Where a test can make the keeper die between two steps of a repair. See service-kit/failpoints. */
export const failpoints = {
  /** Topics exist, the connector not yet. */
  topicsCreated: 'keeper-topics-created',
  /** Connect has the connector. */
  connectorPut: 'keeper-connector-put',
  /** A restart was asked for. */
  connectorRestarted: 'keeper-connector-restarted',
  /** The lost slot is gone, Debezium has not created its own. */
  slotDropped: 'keeper-slot-dropped',
  /** A watermark is committed. */
  watermarkWritten: 'keeper-watermark-written',
  /** Old watermarks are deleted. */
  watermarksPurged: 'keeper-watermarks-purged',
  /** Events were read back from Kafka, their outbox rows are still there. Only with an OUTBOX_RETENTION_HOURS so short that some are due. */
  purgeRead: 'purge-events-read',
  /** Rows are deleted; that they were is remembered nowhere else. */
  purgeDeleted: 'purge-rows-deleted',
  /** Everything that was due is deleted. */
  purgePassEnded: 'purge-pass-ended',
} as const;

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
} as const;

/** The connector's name at Connect, and of its JSON file. */
export const connectorName = 'outbox-relay';

import type { PartFault } from './postgres-refusal';

/** The code of errors that say that Kafka and a client of ours will not talk: a login, a certificate, an ACL. */
export const kafkaRefused = 'KAFKA_REFUSED';

/** Their reasons name what to look at. */
export const kafkaRefusal: PartFault = {
  does: 'does not let the relay keeper in, or is not let in by it',
  cure: 'set right what this names',
};

import { isCertificateCode, Refusals } from 'service-kit/refusals';
import type { KafkaConnection } from './connection';

/** The code of a `KafkaRefusal`. */
export const kafkaRefused = 'KAFKA_REFUSED';

/** A broker and this client will not talk until somebody changes a certificate, a login or an ACL. Its message says which. */
export class KafkaRefusal extends Error {
  override name = 'KafkaRefusal';
  readonly code = kafkaRefused;

  /** @param isOfAll whether it is so for whatever this client asks; or else for this request, for want of an ACL */
  constructor(
    message: string,
    readonly isOfAll: boolean,
  ) {
    super(message);
  }
}

/** Pauses between tries of what throws `KafkaRefusal`s. */
export const kafkaRefusals = (): Refusals => new Refusals((error) => error instanceof KafkaRefusal);

/** @returns a `KafkaRefusal` when the error says so, or else the error itself */
export function clearError(error: unknown, connection: KafkaConnection): unknown {
  return refusalOf(error, connection) ?? error;
}

function refusalOf(error: unknown, { sasl }: KafkaConnection): KafkaRefusal | null {
  const user = sasl === undefined ? 'this client' : `the user ${sasl.username}`;
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code, type, name, message } = at as Error & { code?: unknown; type?: unknown };
    const said = `(${message.split('\n', 1)[0]})`;
    if (name === 'KafkaJSSASLAuthenticationError') {
      return new KafkaRefusal(
        `Kafka refuses the login of ${user}: look at KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM ${said}`,
        true,
      );
    }
    if (typeof type === 'string' && type.endsWith('_AUTHORIZATION_FAILED')) {
      return new KafkaRefusal(
        `an ACL of Kafka is missing for ${user}; SECURITY.md names those that it needs ${said}`,
        false,
      );
    }
    // kafkajs hides why each broker named none.
    if (name === 'KafkaJSGroupCoordinatorNotFound') {
      return new KafkaRefusal(
        `Kafka names no coordinator of a group to ${user}, as when the ACL to read it is missing; SECURITY.md names those that it needs ${said}`,
        false,
      );
    }
    const about = typeof code === 'string' ? tlsRefusal(code) : null;
    if (about !== null) return new KafkaRefusal(`${about} ${said}`, true);
  }
  return null;
}

function tlsRefusal(code: string): string | null {
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') {
    return 'the Kafka broker speaks no TLS: look at KAFKA_SECURITY_PROTOCOL';
  }
  if (code.startsWith('ERR_SSL_') && code.includes('ALERT')) {
    return "the Kafka broker refuses this client's certificate, or wants one: look at KAFKA_SSL_CERTIFICATE and KAFKA_SSL_KEY";
  }
  return isCertificateCode(code)
    ? "the Kafka broker's certificate is refused: look at KAFKA_SSL_CA, and at the broker's name and clock"
    : null;
}

import { str } from 'envalid';
import { ConfigurationError, type EnvironmentOf } from 'service-kit/environment';

/** The addresses of the brokers, with TLS and login. */
export interface KafkaConnection {
  /** `host:port` of some brokers: they name the others. */
  readonly brokers: readonly string[];
  /** When it is left out, the connection is plain text. */
  readonly tls?: KafkaTls;
  /** When it is left out, there is no login, or the client's certificate is the login. */
  readonly sasl?: KafkaSasl;
}

/** Certificates and keys as PEM texts. */
export interface KafkaTls {
  /** The authorities that sign the brokers' certificates; when left out, those that Node.js trusts. */
  readonly ca?: string;
  /** The client's own certificate and key. */
  readonly client?: { readonly certificate: string; readonly key: string };
}

export interface KafkaSasl {
  readonly mechanism: SaslMechanism;
  readonly username: string;
  readonly password: string;
}

const protocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
const mechanisms = ['PLAIN', 'SCRAM-SHA-512'] as const;
type SecurityProtocol = (typeof protocols)[number];
type SaslMechanism = (typeof mechanisms)[number];

/** The environment of every process that is a client of Kafka. The names are those of Kafka's own clients. */
export const connectionSpecs = {
  KAFKA_BOOTSTRAP_SERVERS: str({
    default: 'kafka:9092',
    desc: 'host:port of brokers, joined by commas',
  }),
  KAFKA_SECURITY_PROTOCOL: str<SecurityProtocol>({
    choices: protocols,
    default: 'PLAINTEXT',
    desc: 'how brokers are reached: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL',
  }),
  KAFKA_SSL_CA: str({ default: '', desc: "certificate of the brokers' authority, PEM" }),
  KAFKA_SSL_CERTIFICATE: str({ default: '', desc: "the client's certificate, PEM" }),
  KAFKA_SSL_KEY: str({ default: '', desc: "the client's private key, PEM" }),
  KAFKA_SASL_MECHANISM: str<SaslMechanism>({
    choices: mechanisms,
    default: 'SCRAM-SHA-512',
    desc: 'PLAIN or SCRAM-SHA-512',
  }),
  KAFKA_SASL_USERNAME: str({ default: '', desc: 'who logs in to the brokers' }),
  KAFKA_SASL_PASSWORD: str({ default: '', desc: 'its password' }),
};

type ConnectionEnvironment = EnvironmentOf<typeof connectionSpecs>;

/**
 * Makes the connection from an environment that was read with `connectionSpecs`.
 *
 * @throws {ConfigurationError} naming the variables that the protocol needs, and those that it does not use
 */
export function connectionOf(env: ConnectionEnvironment): KafkaConnection {
  const faults = faultsOf(env);
  if (faults.length > 0) throw new ConfigurationError(faults);
  const { KAFKA_SECURITY_PROTOCOL: protocol, KAFKA_SSL_CA: ca } = env;
  const { KAFKA_SSL_CERTIFICATE: certificate, KAFKA_SSL_KEY: key } = env;
  return {
    brokers: env.KAFKA_BOOTSTRAP_SERVERS.split(','),
    ...(protocol.endsWith('SSL') && {
      tls: {
        ...(ca !== '' && { ca }),
        ...(certificate !== '' && { client: { certificate, key } }),
      },
    }),
    ...(protocol.startsWith('SASL') && {
      sasl: {
        mechanism: env.KAFKA_SASL_MECHANISM,
        username: env.KAFKA_SASL_USERNAME,
        password: env.KAFKA_SASL_PASSWORD,
      },
    }),
  };
}

function faultsOf(env: ConnectionEnvironment): string[] {
  const protocol = env.KAFKA_SECURITY_PROTOCOL;
  const missing = (name: keyof ConnectionEnvironment, why: string): string[] =>
    env[name] === '' ? [`${name} is missing: ${why} needs it`] : [];
  const idle = (name: keyof ConnectionEnvironment): string[] =>
    env[name] === '' ? [] : [`${name} has no use with KAFKA_SECURITY_PROTOCOL=${protocol}`];
  const sasl = ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const;
  const tls = ['KAFKA_SSL_CA', 'KAFKA_SSL_CERTIFICATE', 'KAFKA_SSL_KEY'] as const;
  return [
    ...sasl.flatMap((name) =>
      protocol.startsWith('SASL')
        ? missing(name, `KAFKA_SECURITY_PROTOCOL=${protocol}`)
        : idle(name),
    ),
    ...(protocol.endsWith('SSL') ? [] : tls.flatMap(idle)),
    ...(env.KAFKA_SSL_KEY === '' ? [] : missing('KAFKA_SSL_CERTIFICATE', 'KAFKA_SSL_KEY')),
    ...(env.KAFKA_SSL_CERTIFICATE === '' ? [] : missing('KAFKA_SSL_KEY', 'KAFKA_SSL_CERTIFICATE')),
  ];
}

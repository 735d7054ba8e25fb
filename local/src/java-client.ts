import type { KafkaConnection } from 'kafka-client/connection';

/** What makes one of Kafka's own clients reach brokers in this way; where they are stands elsewhere. */
export function javaClientProperties({ tls, sasl }: KafkaConnection): Record<string, string> {
  if (tls === undefined && sasl === undefined) return {};
  const module = sasl?.mechanism === 'PLAIN' ? 'plain.Plain' : 'scram.Scram';
  return {
    'security.protocol': [...(sasl ? ['SASL'] : []), tls ? 'SSL' : 'PLAINTEXT'].join('_'),
    ...(tls?.ca !== undefined && {
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': tls.ca,
    }),
    ...(tls?.client && {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.certificate.chain': tls.client.certificate,
      'ssl.keystore.key': tls.client.key,
    }),
    ...(sasl && {
      'sasl.mechanism': sasl.mechanism,
      'sasl.jaas.config': `org.apache.kafka.common.security.${module}LoginModule required username=${JSON.stringify(sasl.username)} password=${JSON.stringify(sasl.password)};`,
    }),
  };
}

/** A file of properties as Java reads it: a backslash begins an escape there, and a line's end ends the value. */
export function propertiesFile(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([name, value]) => {
      const text = value.trim().replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
      return `${name}=${text}\n`;
    })
    .join('');
}

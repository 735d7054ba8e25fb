import type { KafkaConnection } from 'kafka-client/connection';
import type { Certified } from '../authority';
import { propertiesFile } from '../java-client';

/** What a broker shows to its clients, and whom it lets in. */
export interface BrokerSecurity {
  readonly tls: Certified;
  /** The authority, PEM, by which clients and the broker itself verify that. */
  readonly ca: string;
  /** By user; `admin` may do anything, the others what ACLs say. */
  readonly passwords: Readonly<Record<'admin', string>> & Readonly<Record<string, string>>;
  /** The admin's certificate; with it every client needs one of the authority's, besides its login. */
  readonly client?: Certified;
}

/** As who may do anything there. */
export const adminOf = (
  { ca, passwords, client }: BrokerSecurity,
  bootstrapServers: string,
): KafkaConnection => ({
  brokers: [bootstrapServers],
  tls: { ca, ...(client && { client }) },
  sasl: { mechanism: 'PLAIN', username: 'admin', password: passwords.admin },
});

const packageOf = 'org.apache.kafka.common.security';

/** Lines of server.properties by which its controller takes nobody but the broker. */
export function controllerSecurity({ tls, ca, passwords }: BrokerSecurity): string {
  return propertiesFile({
    'sasl.mechanism.controller.protocol': 'PLAIN',
    'listener.name.controller.sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.controller.plain.sasl.jaas.config': plainLogins({ admin: passwords.admin }),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.certificate.chain': tls.certificate,
    'ssl.keystore.key': tls.key,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': ca,
  });
}

/** Further lines for the broker. @param listeners the names of those that clients come by, the broker itself by the first one */
export function brokerSecurity(security: BrokerSecurity, listeners: readonly string[]): string {
  const logins = listeners.flatMap((name) => {
    const prefix = `listener.name.${name.toLowerCase()}`;
    return [
      [`${prefix}.plain.sasl.jaas.config`, plainLogins(security.passwords)],
      ...(security.client ? [[`${prefix}.ssl.client.auth`, 'required']] : []),
      [`${prefix}.scram-sha-512.sasl.jaas.config`, `${packageOf}.scram.ScramLoginModule required;`],
    ];
  });
  const properties = {
    ...(Object.fromEntries(logins) as Record<string, string>),
    'inter.broker.listener.name': listeners[0] ?? '',
    'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'false',
    'super.users': 'User:admin',
  };
  return propertiesFile(properties) + controllerSecurity(security);
}

/** As the admin, whom the broker logs in as to itself, and for all that it knows. */
function plainLogins(passwords: BrokerSecurity['passwords']): string {
  const users = Object.entries(passwords).map(([name, secret]) => `user_${name}="${secret}"`);
  return `${packageOf}.plain.PlainLoginModule required username="admin" password="${passwords.admin}" ${users.join(' ')};`;
}

import { parseArgs } from 'node:util';
import { fail } from './fail.mjs';

const usage = `npm start [-- options]

Runs the whole system on this machine, without Docker: PostgreSQL, Kafka, Kafka Connect with
Debezium, the relay keeper and both services. Ctrl-C stops everything; the data stays.

  --fresh           delete the data first
  --port-offset N   add N to every port: a second system beside the first needs this and --dir
  --dir FOLDER      data, logs and process ids (default: LOCAL_DIR, or .local)
  --secure          TLS, logins and rights for PostgreSQL and Kafka, with certificates and passwords made
                    at the first start (SECURITY.md)
  --help            show this

  npm start -- --port-offset 10000 --dir .local2
  npx outbox status --dir .local2

Ports, names and passwords come from the environment or from .env (template: .env.example).`;

/**
 * What is said about ports, folder and security goes into the environment, where the rest stands.
 *
 * @returns {{ fresh: boolean }}
 */
export function readArguments() {
  const options = {
    fresh: { type: 'boolean' },
    'port-offset': { type: 'string' },
    dir: { type: 'string' },
    secure: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  };
  try {
    const { values } = parseArgs({ options });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    if (values.dir !== undefined) process.env.LOCAL_DIR = values.dir;
    if (values.secure) process.env.SECURE = 'true';
    if (values['port-offset'] !== undefined) process.env.PORT_OFFSET = values['port-offset'];
    return { fresh: values.fresh === true };
  } catch (error) {
    return fail(`${error.message}\n\n${usage}`);
  }
}

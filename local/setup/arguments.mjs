import { parseArgs } from 'node:util';
import { fail } from './fail.mjs';

const usage = `npm start [-- --fresh]

Runs the whole system on this machine, without Docker: PostgreSQL, Kafka, Kafka Connect with
Debezium, the relay keeper and both services. Ctrl-C stops everything; the data stays.

  --fresh   delete the data first
  --help    show this

Ports, names and passwords come from the environment or from .env (template: .env.example).
Data, logs and process ids: .local, or the folder that LOCAL_DIR names. Two stacks can run side by
side with different ports and LOCAL_DIRs.`;

/** @returns {{ fresh: boolean }} */
export function readArguments() {
  const options = { fresh: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } };
  try {
    const { values } = parseArgs({ options });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    return { fresh: values.fresh === true };
  } catch (error) {
    return fail(`${error.message}\n\n${usage}`);
  }
}

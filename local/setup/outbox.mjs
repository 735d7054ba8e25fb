import { installForCommands } from './dependencies.mjs';
import { buildIfStale } from './build.mjs';

installForCommands();
buildIfStale();
const { outbox } = await import('../../cli/dist/outbox.js');
const { findSystem } = await import('../dist/find-system.js');

const args = process.argv.slice(2);
await outbox(args, ({ name, logins }, folder) => findSystem({ name, logins, folder, args }));

const { mkdtempSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const ways = {
  local: 'what npm start starts (STACK=compose: the containers)',
  compose: 'the containers of docker compose (STACK=local: what npm start starts)',
  faults:
    'what npm start starts, the only way for these: they signal, cut off and starve processes',
};

/** The run says first what it runs against, and has a folder for what its files share: shared-stack.ts. */
module.exports = () => {
  const way = process.env.TESTS === 'faults' ? 'faults' : (process.env.STACK ?? 'local');
  process.stdout.write(`\nWhole-system tests against ${ways[way]}\n`);
  process.env.SHARED_STACK_FOLDER = mkdtempSync(join(tmpdir(), 'outbox-analytics-shared-'));
};

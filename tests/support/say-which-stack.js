const ways = {
  local: 'what npm start starts (STACK=compose: the containers)',
  compose: 'the containers of docker compose (STACK=local: what npm start starts)',
};

/** So that the run says first what it ran against. */
module.exports = () =>
  process.stdout.write(`\nWhole-system tests against ${ways[process.env.STACK ?? 'local']}\n`);

const ways = {
  local: 'what npm start starts (STACK=compose: the containers)',
  compose: 'the containers of docker compose (STACK=local: what npm start starts)',
  faults:
    'what npm start starts, the only way for these: they signal, cut off and starve processes',
};

/** So that the run says first what it ran against. */
module.exports = () => {
  const way = process.env.TESTS === 'faults' ? 'faults' : (process.env.STACK ?? 'local');
  process.stdout.write(`\nWhole-system tests against ${ways[way]}\n`);
};

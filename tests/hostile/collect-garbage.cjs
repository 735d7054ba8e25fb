/* global process */
// Preloaded into a service (NODE_OPTIONS): at SIGUSR2 it collects all garbage and writes what memory is left in use
// to the file MEMORY_FILE. The signal is no part of the service: without this file it would end it.
const { renameSync, writeFileSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const file = process.env.MEMORY_FILE;

process.on('SIGUSR2', () => {
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  writeFileSync(
    `${file}.new`,
    JSON.stringify({ pid: process.pid, used: heapUsed + external, rss }),
  );
  renameSync(`${file}.new`, file);
});

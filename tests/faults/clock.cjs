/* global process, setInterval */
// Preloaded into one service (NODE_OPTIONS): its clock is off by as many milliseconds as the file
// FAULT_CLOCK_FILE says. `<file>.seen` then tells the process's id, the shift, and what its clock shows.
const { existsSync, readFileSync, writeFileSync } = require('node:fs');

const file = process.env.FAULT_CLOCK_FILE;
const RealDate = Date;
let shiftMs = 0;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length > 0 ? args : [now()], newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : target[name]),
});

function now() {
  return RealDate.now() + shiftMs;
}

function look() {
  const wanted = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (wanted === shiftMs) return;
  shiftMs = wanted;
  writeFileSync(`${file}.seen`, `${process.pid} ${shiftMs} ${globalThis.Date.now()}`);
}

if (file !== undefined) {
  look();
  setInterval(look, 100).unref();
}

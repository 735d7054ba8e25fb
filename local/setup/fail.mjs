/** Ends the program with one clear line. */
export function fail(reason) {
  console.error(`\n${reason}`);
  process.exit(1);
}

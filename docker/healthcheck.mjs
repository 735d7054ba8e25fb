// Ends with 0 when the process of this container is ready, with 1 and its reasons when not.
// The argument is the port of its `/health/ready`.
const url = `http://127.0.0.1:${process.argv[2]}/health/ready`;
try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(8_000) });
  console.log(await answer.text());
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  console.log(`${url} does not answer: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}

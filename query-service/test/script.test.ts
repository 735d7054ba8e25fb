import { scriptInPieces, scriptOf } from '../src/store/sqlite/script';

const statement = (n: number) => ({ sql: `INSERT INTO t SELECT ? -- ${n}`, rows: [n] });

/** Statements that take longer to make than a script may keep the event loop. */
function* slowly() {
  for (const n of [1, 2, 3]) {
    const until = performance.now() + 15;
    while (performance.now() < until);
    yield statement(n);
  }
  yield { sql: 'INSERT INTO empty SELECT ?', rows: [] };
}

test('what else waits is handled while a long script is made, which is the same one', async () => {
  let handled = 0;
  const timer = setInterval(() => (handled += 1), 1);
  const script = await scriptInPieces(slowly());
  clearInterval(timer);
  expect(script).toBe(scriptOf([1, 2, 3].map(statement)));
  expect(handled).toBeGreaterThanOrEqual(2);
});

import { query } from 'local/query';
import type { Benchmark } from './benchmark';
import { inWords } from './measure/rounds';

/** What the fence of the outbox costs where it stands: on the way of each command's statement. */
export const fence: Benchmark = {
  name: 'fence',
  title: '500 statements that write a row, with the fence and without, in turns: the best of 1,000',
  comparedWith: 'a limit',

  async run(bench) {
    const system = await bench.createSystem();
    await system.startPostgres();
    await query(system.database, tables);
    const sides = ['bare', 'empty_trigger', 'fenced'] as const;
    const found = sides.map((side) => ({ side, what: 'µs/statement', rounds: [] as number[] }));
    const statements = bench.scaled(500, 100);
    for (let round = 0; round < bench.rounds; round++) {
      const [row] = await query<Record<(typeof sides)[number], number>>(
        system.database,
        'SELECT * FROM measure_fence($1)',
        [statements],
      );
      if (row === undefined) throw new Error('nothing was measured');
      for (const { side, rounds } of found) rounds.push(row[side]);
      bench.say(`round ${round + 1}, µs/statement: ${inWords(row)}`);
    }
    const [bare, , fenced] = found;
    return {
      goals: [
        {
          what: 'the fence, per statement',
          unit: 'µs',
          rounds: fenced?.rounds.map((cost, round) => cost - (bare?.rounds[round] ?? NaN)) ?? [],
          must: { atMost: 3 },
          aim: { atMost: 2 },
        },
      ],
      figures: found,
    };
  },
};

const tables = `
  CREATE UNLOGGED TABLE bare (x int);
  CREATE UNLOGGED TABLE empty_trigger (x int);
  CREATE UNLOGGED TABLE fenced (x int);
  CREATE FUNCTION do_nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
  CREATE TRIGGER nothing BEFORE INSERT ON empty_trigger FOR EACH STATEMENT EXECUTE FUNCTION do_nothing();
  SELECT fence_table('fenced');

  CREATE FUNCTION measure_fence(statements int, OUT bare float8, OUT empty_trigger float8, OUT fenced float8)
  LANGUAGE plpgsql
  AS $$
  DECLARE
    began timestamptz;
  BEGIN
    FOR turn IN 1..1000 LOOP
      TRUNCATE bare, empty_trigger, fenced;
      began := clock_timestamp();
      FOR i IN 1..statements LOOP INSERT INTO bare VALUES (i); END LOOP;
      bare := least(bare, extract(epoch FROM clock_timestamp() - began) / statements * 1e6);
      began := clock_timestamp();
      FOR i IN 1..statements LOOP INSERT INTO empty_trigger VALUES (i); END LOOP;
      empty_trigger := least(empty_trigger, extract(epoch FROM clock_timestamp() - began) / statements * 1e6);
      began := clock_timestamp();
      FOR i IN 1..statements LOOP INSERT INTO fenced VALUES (i); END LOOP;
      fenced := least(fenced, extract(epoch FROM clock_timestamp() - began) / statements * 1e6);
    END LOOP;
  END
  $$;`;

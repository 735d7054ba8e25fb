import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { median } from '../measure/statistics';
import { limitValue, timesBetter } from './limits';
import type { Result } from './results';

/**
 * Each figure against its limit, as an SVG: how many times better than what it must reach, or than its aim where
 * it has no other limit. A dot is a round, the bar their median, the hollow mark the aim.
 */
export function plot(results: readonly Result[]): string {
  const goals = results.flatMap(({ benchmark, goals }) =>
    goals.map((goal) => ({
      ...goal,
      limit: goal.must ?? goal.aim,
      name: `${benchmark}: ${goal.what}`,
    })),
  );
  const dots = goals.flatMap(({ name, rounds, limit }) =>
    rounds.map((value) => ({ name, better: timesBetter(value, limit) })),
  );
  const medians = goals.map(({ name, rounds, limit }) => ({
    name,
    better: timesBetter(median(rounds), limit),
  }));
  const aims = goals.map(({ name, limit, aim }) => ({
    name,
    better: timesBetter(limitValue(aim), limit),
  }));
  // Their own types are the browser's, which Node.js does not know.
  const parse = parseHTML as (html: string) => { document: object };
  const draw = Plot.plot as (options: object) => Drawn;
  const { document } = parse('<!doctype html><html><body></body></html>');
  const drawn = draw({
    document,
    width: 900,
    marginLeft: 330,
    marginRight: 30,
    x: { type: 'log', grid: true, label: 'times better than it must be →', tickFormat: '~g' },
    y: { label: null, domain: goals.map(({ name }) => name) },
    marks: [
      Plot.ruleX([1], { stroke: 'crimson', strokeWidth: 1.5 }),
      Plot.tickX(medians, { x: 'better', y: 'name', stroke: 'steelblue', strokeWidth: 3 }),
      Plot.dot(dots, { x: 'better', y: 'name', fill: 'steelblue', fillOpacity: 0.5, r: 3 }),
      Plot.dot(aims, { x: 'better', y: 'name', stroke: 'black', symbol: 'diamond', r: 5 }),
    ],
  });
  drawn.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  drawn.setAttribute('style', 'background: white; color: black');
  return drawn.outerHTML;
}

interface Drawn {
  setAttribute(name: string, value: string): void;
  readonly outerHTML: string;
}

import { type Hop, type HopState, mayFailOver, type Pipeline } from 'contracts/pipeline';
import { waitingSentence } from 'contracts/pipeline-faults';
import { printable } from 'contracts/printable';
import type { Colour } from 'service-kit/command-line';

const marks: Record<HopState, string> = { ok: '✓', waiting: '…', broken: '✗', unknown: '?' };

const colours: Record<string, Colour> = { '✓': 'green', '…': 'yellow', '✗': 'red', '?': 'gray' };

/** The colour of a line that begins with a hop's mark. */
export const colourOfHop = (line: string): Colour | undefined => colours[line.slice(0, 1)];

/** The pipeline for a terminal: a line per hop, then what else is to know. */
export function statusLines(pipeline: Pipeline): string[] {
  const { hops, asOf, staleSeconds, openDeadLetters, comparisons, standstill } = pipeline;
  const failOver = hops.flatMap(({ facts }) => facts[mayFailOver] ?? []);
  const waiting = hops.find(({ name }) => name === 'outbox')?.lag.count ?? 0;
  return [
    line(' ', 'hop', 'state', 'rate', 'waits', 'lag'),
    ...hops.flatMap((hop) => [
      line(marks[hop.state], hop.name, hop.state, rateOf(hop), countOf(hop), lagOf(hop)),
      ...hop.reasons.map((reason) => `    ${reason}`),
    ]),
    '',
    ...(standstill === null ? [] : [waitingSentence(waiting, standstill)]),
    `answers as of ${asOf ?? 'unknown'}${staleSeconds === null ? '' : `, ${seconds(staleSeconds)} ago`}`,
    `parked events: ${openDeadLetters}`,
    ...failOver.map((answer) => `${mayFailOver}: ${answer}`),
    ...(comparisons ?? []).map(
      ({ replica, at, compared, differences, waiting: wait, trouble }) =>
        `compared with PostgreSQL: ${replica} ` +
        (at === null ? 'not yet' : `${at}, ${compared} aggregates, ${differences} differences`) +
        (wait === 0 ? '' : `, ${wait} waiting`) +
        (trouble === null ? '' : ` (${trouble})`),
    ),
    ...(comparisons === null ? ['compared with PostgreSQL: unknown'] : []),
  ].map(printable);
}

const line = (...[mark = '', name = '', ...rest]: string[]): string =>
  `${mark} ${name.padEnd(10)}${rest.map((text, i) => (i === 0 ? text.padEnd(9) : text.padStart(16))).join('')}`.trimEnd();

const rateOf = ({ rate, unit }: Hop): string =>
  rate === null ? '-' : `${rate.toFixed(1)} ${unit}/s`;

const countOf = ({ lag: { count }, unit }: Hop): string =>
  count === null ? '-' : `${count} ${unit}`;

const lagOf = ({ lag }: Hop): string => (lag.seconds === null ? '-' : seconds(lag.seconds));

const seconds = (value: number): string => `${value.toFixed(1)} s`;

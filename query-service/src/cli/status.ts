import type { Hop, HopState, Pipeline } from 'contracts/pipeline';

const marks: Record<HopState, string> = { ok: '✓', waiting: '…', broken: '✗', unknown: '?' };

/** The pipeline for a terminal: a line per hop, then what else is to know. */
export function statusLines(pipeline: Pipeline): string[] {
  const { hops, asOf, staleSeconds, openDeadLetters, comparisons } = pipeline;
  return [
    line(' ', 'hop', 'state', 'rate', 'waits', 'lag'),
    ...hops.flatMap((hop) => [
      line(marks[hop.state], hop.name, hop.state, rateOf(hop), countOf(hop), lagOf(hop)),
      ...hop.reasons.map((reason) => `    ${reason}`),
    ]),
    '',
    `answers as of ${asOf ?? 'unknown'}${staleSeconds === null ? '' : `, ${seconds(staleSeconds)} ago`}`,
    `parked events: ${openDeadLetters}`,
    ...(comparisons ?? []).map(
      ({ replica, at, compared, differences, trouble }) =>
        `compared with PostgreSQL: ${replica} ${at ?? 'never'}, ${compared} aggregates, ` +
        `${differences} differences${trouble === null ? '' : ` (${trouble})`}`,
    ),
    ...(comparisons === null ? ['compared with PostgreSQL: unknown'] : []),
  ];
}

const line = (...[mark = '', name = '', ...rest]: string[]): string =>
  `${mark} ${name.padEnd(10)}${rest.map((text, i) => (i === 0 ? text.padEnd(9) : text.padStart(16))).join('')}`.trimEnd();

const rateOf = ({ rate, unit }: Hop): string =>
  rate === null ? '-' : `${rate.toFixed(1)} ${unit}/s`;

const countOf = ({ lag: { count }, unit }: Hop): string =>
  count === null ? '-' : `${count} ${unit}`;

const lagOf = ({ lag }: Hop): string => (lag.seconds === null ? '-' : seconds(lag.seconds));

const seconds = (value: number): string => `${value.toFixed(1)} s`;

import { commandOf } from 'contracts/commands';
import { waitingSentence } from 'contracts/pipeline-faults';
import { printable } from 'contracts/printable';
import { aligned } from '../report';
import type { Explanation } from './explanation';

/** The chain as a table, the views below it, then what is wrong with the commands that repair it. */
export function explanationText(explanation: Explanation): string {
  const { title, asOf, steps, totals, faults, waiting } = explanation;
  const head = ['aggregate', 'PostgreSQL', 'event', 'record', 'applied', 'adds', 'sum'];
  const chain = steps.map((s) => [s.aggregate, s.row, s.event, s.record, s.applied, s.adds, s.sum]);
  const views = totals.map(({ view, shown, right }) => [view, shown, right ? 'right' : 'WRONG']);
  const wrong = faults.flatMap(({ what, repair }) => [
    `  ${what}`,
    ...(repair === null ? [] : [`    → ${commandOf(repair)}`]),
  ]);
  return [
    `${title}, as of ${asOf ?? 'the beginning'}`,
    '',
    ...aligned([head, ...chain]),
    ...(views.length === 0 ? [] : ['', ...aligned(views)]),
    '',
    ...(waiting === null ? [] : [`  ${waitingSentence(waiting.events, waiting.standstill)}`]),
    ...wrong,
    ...(wrong.length === 0 && waiting === null
      ? ['right: nothing is missing, nothing is counted twice']
      : []),
  ]
    .map(printable)
    .join('\n');
}

/** The same for programs. */
export function explanationOf(explanation: Explanation) {
  const faults = explanation.faults.map(({ what, repair }) => ({
    what,
    repair: repair === null ? null : commandOf(repair),
  }));
  const { waiting } = explanation;
  return {
    ...explanation,
    right: faults.length === 0 && waiting === null,
    faults,
    waits: waiting && waitingSentence(waiting.events, waiting.standstill),
  };
}

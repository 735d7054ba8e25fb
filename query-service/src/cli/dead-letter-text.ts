import { printable } from 'contracts/printable';
import type { DeadLetter, DeadLetterSummary } from '../store/dead-letter-queries';

/** A dead letter in one line. Texts of its record are escaped, because whoever writes to the outbox wrote them. */
export function lineOf(deadLetter: DeadLetterSummary): string {
  const version = deadLetter.version === null ? 'unknown version' : `version ${deadLetter.version}`;
  const subject = `${deadLetter.aggregate ?? 'unknown aggregate'}, ${version}`;
  return printable(
    `${deadLetter.state.padEnd(9)} ${deadLetter.record}  ${subject}  ${settledText(deadLetter) ?? deadLetter.reason}`,
  );
}

/** All of a dead letter, line by line. */
export function pageOf(deadLetter: DeadLetter): string {
  const headers = Object.entries(deadLetter.headers).map(
    ([name, text]) => `  ${name}: ${String(text)}`,
  );
  const settled = settledText(deadLetter);
  return [
    `${deadLetter.record}  ${deadLetter.state}`,
    `aggregate: ${deadLetter.aggregate ?? 'unknown'}`,
    `version: ${deadLetter.version ?? 'unknown'}`,
    `reason: ${deadLetter.reason}`,
    `parked at: ${deadLetter.parkedAt}`,
    ...(settled === null ? [] : [`settled at: ${deadLetter.settledAt} ${settled}`]),
    `key: ${deadLetter.key ?? '(none)'}`,
    'headers:',
    ...headers,
    'value:',
    deadLetter.value ?? '(none)',
  ]
    .map(printable)
    .join('\n');
}

function settledText({ state, settledBy, settledWhy }: DeadLetterSummary): string | null {
  if (state === 'open') return null;
  return `by ${settledBy ?? 'unknown'}${settledWhy === null ? '' : `: ${settledWhy}`}`;
}

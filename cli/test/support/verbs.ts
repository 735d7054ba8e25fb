const event = '01a20a96-28f2-71d3-8434-99816df367b7';

/** Every command, with arguments that are right. */
export const commands: readonly (readonly string[])[] = [
  ['status'],
  ['reconcile'],
  ['explain', 'order', '1'],
  ['dead-letters', 'list'],
  ['dead-letters', 'show', 'order-events/0@1'],
  ['dead-letters', 'redrive', '--all'],
  ['dead-letters', 'discard', 'order-events/0@1', '--reason', 'why'],
  ['consumption', 'status'],
  ['consumption', 'resume'],
  ['consumption', 'skip', 'order-events/0@1', '--why', 'why'],
  ['consumption', 'rebuild'],
  ['consumption', 'swap'],
  ['consumption', 'abort'],
  ['consumption', 'rollback'],
  ['consumption', 'backup', '-'],
  ['reemit', 'order:1'],
  ['relay', 'unsendable'],
  ['relay', 'skip', event, '--why', 'why'],
  ['relay-setup'],
  ['new-history', '--reason', 'why'],
  ['demo'],
  ['new', 'view', 'order-value-by-day'],
  ['completion', 'bash'],
];

const groups = ['dead-letters', 'consumption', 'relay', 'new'];

/** The words before the arguments: `dead-letters show`. */
export const wordsOf = ([verb = '', word = '']: readonly string[]): string[] =>
  groups.includes(verb) ? [verb, word] : [verb];

/** Those that ask a running system. */
export const asking = commands.filter(([verb = '']) => !['new', 'completion'].includes(verb));

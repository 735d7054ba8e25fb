/** The commands of an operator that ask the query service. */
export { consumption } from './cli/consumption-command';
export { deadLetters } from './cli/dead-letters-command';
export { status } from './cli/status-command';

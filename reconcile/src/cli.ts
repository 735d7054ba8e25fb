/** The commands of an operator that compare the views with PostgreSQL. */
export { explain } from './explain-command';
export { reconcile } from './reconcile-command';

import { NoAnswer } from 'service-kit/command-errors';

/** No verdict is possible: a neighbour does not answer, or the two sides do not have the same history. */
export class CannotCompare extends NoAnswer {
  override name = 'CannotCompare';
}

import { NoAnswer } from 'service-kit/command-errors';

/** A neighbour does not answer, or the two sides are not of the same history: no verdict. */
export class CannotCompare extends NoAnswer {
  override name = 'CannotCompare';
}

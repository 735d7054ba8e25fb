import { type Cents, formatJsonNumber } from 'contracts/money';
import type { CentsText } from '../store/table';

/** A total in cents as a JSON number of the currency's unit: exact, however many digits it takes. */
export const presentTotal = (cents: CentsText): string =>
  // A double holds every integer of up to 15 digits.
  formatJsonNumber(cents.length < 16 ? (Number(cents) as Cents) : BigInt(cents));

import { totalTooLarge } from '../../model/history';

/** `numeric_value_out_of_range`: a bigint column would leave 64 bits. */
const outOfRange = '22003';

/** Turns the error into a fault when a sum exceeds 64 bits. */
export function orTotalTooLarge(error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message?: string };
  return code === outOfRange ? totalTooLarge(message ?? '', error) : error;
}

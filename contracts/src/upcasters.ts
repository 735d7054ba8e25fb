/** How an old payload becomes the next version's: `steps[type][from]` gives version from + 1. */
export type Upcasters = Record<string, Record<number, (payload: unknown) => unknown>>;

/**
 * Every step that is known. One that landed is never edited: events of its version stay in the
 * topics for ever.
 */
export const upcasters: Upcasters = {};

/**
 * Brings a payload from one version to another, step by step.
 *
 * @throws {RangeError} when a step is missing
 */
export function upcast(
  type: string,
  from: number,
  to: number,
  payload: unknown,
  steps: Upcasters = upcasters,
): unknown {
  let current = payload;
  for (let version = from; version < to; version++) {
    const step = steps[type]?.[version];
    if (step === undefined) throw new RangeError(`no upcaster for ${type} from version ${version}`);
    current = step(current);
  }
  return current;
}

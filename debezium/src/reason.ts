/** Says in one line why something failed, without the wrapping that hides it (`fetch failed`). */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError) return error.errors.map(reason).join('; ');
  if (error.cause !== undefined) return reason(error.cause);
  return error.message.split('\n', 1)[0] ?? error.name;
}

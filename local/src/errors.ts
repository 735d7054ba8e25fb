/** The stack cannot be started; the message is for the user and says what to do. */
export class StartError extends Error {
  override name = 'StartError';
}

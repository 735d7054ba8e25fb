/** What a neighbour showed, or why it could not be asked. */
export type Seen<T> = { readonly ok: true; readonly value: T } | Unseen;

export interface Unseen {
  readonly ok: false;
  readonly reason: string;
  /** SQLSTATE, or an error code of the network. */
  readonly code?: string;
}

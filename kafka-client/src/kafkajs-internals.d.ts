/** What this workspace uses of kafkajs 2.2.4 that has no types. */
declare module 'kafkajs/src/protocol/decoder' {
  export default class Decoder {
    constructor(bytes: Buffer);
    readInt16(): number;
    readInt32(): number;
    readInt64(): bigint;
    readString(): string;
    readBytes(length: number): Buffer;
    canReadBytes(length: number): boolean;
    readArray<T>(read: (decoder: Decoder) => T): T[];
    readArrayAsync<T>(read: (decoder: Decoder) => Promise<T>): Promise<T[]>;
  }
}

declare module 'kafkajs/src/protocol/requests/fetch/v11/response' {
  const response: { decode(this: void, raw: Buffer): Promise<object> };
  export default response;
}

declare module 'kafkajs/src/network/requestQueue' {
  export default class RequestQueue {
    pending: readonly object[];
    /** ms since 1970; -1 when the broker has never asked to wait. */
    throttledUntil: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    checkPendingRequests(): void;
    scheduleCheckPendingRequests(): void;
  }
}

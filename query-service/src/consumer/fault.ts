import { HistoryFault } from '../apply/history';
import { StorageFault } from '../store/storage-fault';

/** Reading cannot go on, and no restart of this process changes that: an operator decides. */
export type Fault = HistoryFault | StorageFault;

export const isFault = (error: unknown): error is Fault =>
  error instanceof HistoryFault || error instanceof StorageFault;

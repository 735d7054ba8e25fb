import { HistoryFault } from '../model/history';
import { StorageFault } from '../store/storage-fault';

/** Why reading has halted: no restart of this process mends it, an operator decides. */
export type Fault = HistoryFault | StorageFault;

export const isFault = (error: unknown): error is Fault =>
  error instanceof HistoryFault || error instanceof StorageFault;

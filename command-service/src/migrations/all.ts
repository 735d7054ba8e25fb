import { CreateTables1772150400000 } from './1772150400000-create-tables';
import { CreateIdempotencyKeys1795471200000 } from './1795471200000-create-idempotency-keys';
import { CreateReemitEvent1795474800000 } from './1795474800000-create-reemit-event';
import { CreateBeginHistory1795478400000 } from './1795478400000-create-begin-history';
import { CheckOutboxRows1795482000000 } from './1795482000000-check-outbox-rows';
import { NoteOrdersBeforeChange1795500000000 } from './1795500000000-note-orders-before-change';
import { SkipIdsOfEveryKind1796000000000 } from './1796000000000-skip-ids-of-every-kind';
import { HoldToTheDomain1796050000000 } from './1796050000000-hold-to-the-domain';
import { IndexOrders1796050020000 } from './1796050020000-index-orders';
import { FenceTheHistory1796100000000 } from './1796100000000-fence-the-history';
import { BoundWhatIsStored1796150000000 } from './1796150000000-bound-what-is-stored';

/** Every migration, in order. One that landed is never edited: add another. */
export const migrations = [
  CreateTables1772150400000,
  CreateIdempotencyKeys1795471200000,
  CreateReemitEvent1795474800000,
  CreateBeginHistory1795478400000,
  CheckOutboxRows1795482000000,
  NoteOrdersBeforeChange1795500000000,
  SkipIdsOfEveryKind1796000000000,
  HoldToTheDomain1796050000000,
  IndexOrders1796050020000,
  FenceTheHistory1796100000000,
  BoundWhatIsStored1796150000000,
];

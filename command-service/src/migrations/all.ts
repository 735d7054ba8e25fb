import { BoundWhatIsStored1796150000000 } from './1796150000000-schema';

/** Every migration, in order. One that landed is never edited: add another. */
export const migrations = [BoundWhatIsStored1796150000000];

import { commandOf } from './commands';

/** What keeps a part from being asked. */
export interface PartFault {
  /** `does not answer`, `refuses the login` … */
  readonly does: string;
  readonly cure: string;
}

/**
 * What a PostgreSQL that answers refuses: a restart of it mends none of this.
 *
 * @param reason what it said
 * @param code SQLSTATE, or an error code of the network; undefined: none was told
 * @returns null when it is away instead, or said something else
 */
export function postgresRefusal(reason: string, code: string | undefined): PartFault | null {
  const does = 'refuses the login';
  if (reason.includes('pg_hba.conf')) return { does, cure: 'let it in by pg_hba.conf' };
  const setUp = commandOf({ script: 'relay-setup', args: [] });
  switch (code) {
    case '28000': // invalid_authorization_specification
    case '28P01': // invalid_password
      return { does, cure: `give the role its LOGIN and its password back: ${setUp}` };
    case '42501': // insufficient_privilege
      return { does: 'refuses it', cure: `give the role its rights back: ${setUp}` };
    case '53300': // too_many_connections
      return {
        does: 'takes no more connections',
        cure: 'end some, or raise the limit: max_connections, or that of the role',
      };
    case '57P03': // cannot_connect_now
      return { does: 'takes no connections yet', cure: 'it does so by itself once it has started' };
    default:
      return null;
  }
}

import { readFileSync } from 'node:fs';
import { str } from 'envalid';
import type { EnvironmentOf } from './environment';

/** The variables of a program that calls an admin listener. */
export const adminTokenSpecs = {
  ADMIN_TOKEN: str({ default: '', desc: 'a token with the scope admin, for AUTH_MODE=jwt' }),
  ADMIN_TOKEN_FILE: str({ default: '', desc: 'the file that holds it' }),
};

/** The headers of a request to an admin listener. */
export type AdminHeaders = () => Record<string, string>;

/**
 * Makes the headers from an environment that was read with `adminTokenSpecs`; without a token there is none. A token
 * file is read for each request, because tokens expire and are renewed in the file.
 */
export function adminHeadersOf(env: EnvironmentOf<typeof adminTokenSpecs>): AdminHeaders {
  const { ADMIN_TOKEN: token, ADMIN_TOKEN_FILE: file } = env;
  return () => {
    const current = file === '' ? token : readFileSync(file, 'utf8').trim();
    return current === '' ? {} : { Authorization: `Bearer ${current}` };
  };
}

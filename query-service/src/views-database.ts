import { port, str } from 'envalid';
import { loginOf, type SslMode, sslModes } from 'service-kit/database-login';
import { ConfigurationError, type EnvironmentOf } from 'service-kit/environment';
import type { Login } from 'service-kit/postgres';

/** Where the database is that members share their views in; asked for with VIEW_STORE=postgres only. */
export const viewsDatabaseSpecs = {
  VIEWS_DATABASE_URL: str({
    default: '',
    desc: 'postgresql://user:password@host:port/database?sslmode=…, in the place of VIEWS_DB_*',
  }),
  VIEWS_DB_HOST: str({ default: 'views-db', desc: "host of the views' PostgreSQL" }),
  VIEWS_DB_PORT: port({ default: 5432, desc: 'its port' }),
  VIEWS_DB_NAME: str({ default: 'views', desc: 'the database' }),
  VIEWS_DB_USER: str({ default: 'query_service', desc: 'role of the query service there' }),
  VIEWS_DB_PASSWORD: str({ default: '', desc: 'password of VIEWS_DB_USER' }),
  VIEWS_DB_SSLMODE: str<SslMode>({
    choices: sslModes,
    default: 'disable',
    desc: 'TLS to it: disable, require (any certificate), verify-ca or verify-full',
  }),
  VIEWS_DB_SSL_CA: str({
    default: '',
    desc: 'certificate of the authority, PEM, that verify-… takes',
  }),
};

type ViewsDatabaseEnvironment = EnvironmentOf<typeof viewsDatabaseSpecs>;

/**
 * The login at the views' database.
 *
 * @throws {ConfigurationError} when the URL is none, or the password or the authority is missing
 */
export function viewsLoginOf(env: ViewsDatabaseEnvironment): Login {
  const given = env.VIEWS_DATABASE_URL === '' ? env : { ...env, ...ofUrl(env.VIEWS_DATABASE_URL) };
  if (given.VIEWS_DB_PASSWORD === '') {
    throw new ConfigurationError(['VIEWS_DB_PASSWORD is missing: VIEW_STORE=postgres needs it']);
  }
  const database = {
    DB_HOST: given.VIEWS_DB_HOST,
    DB_PORT: given.VIEWS_DB_PORT,
    POSTGRES_DB: given.VIEWS_DB_NAME,
    DB_SSLMODE: given.VIEWS_DB_SSLMODE,
    DB_SSL_CA: given.VIEWS_DB_SSL_CA,
  };
  return loginOf(database, given.VIEWS_DB_USER, given.VIEWS_DB_PASSWORD, 'VIEWS_');
}

/** What the URL says; the rest stays as VIEWS_DB_* have it. It may hold a password: no message repeats it. */
function ofUrl(text: string): Partial<ViewsDatabaseEnvironment> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new ConfigurationError(['VIEWS_DATABASE_URL is no postgresql:// URL']);
  }
  const mode = url.searchParams.get('sslmode');
  const others = [...url.searchParams.keys()].filter((name) => name !== 'sslmode');
  const known = sslModes.find((one) => one === mode);
  if ((mode !== null && known === undefined) || others.length > 0) {
    throw new ConfigurationError([
      `VIEWS_DATABASE_URL takes sslmode=${sslModes.join(', ')} and no other parameter`,
    ]);
  }
  const said = {
    VIEWS_DB_HOST: url.hostname,
    VIEWS_DB_NAME: decodeURIComponent(url.pathname.slice(1)),
    VIEWS_DB_USER: decodeURIComponent(url.username),
    VIEWS_DB_PASSWORD: decodeURIComponent(url.password),
  };
  return {
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== '')),
    ...(url.port !== '' && { VIEWS_DB_PORT: Number(url.port) }),
    ...(known !== undefined && { VIEWS_DB_SSLMODE: known }),
  };
}

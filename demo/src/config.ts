import { port, str } from 'envalid';
import { readEnvironment } from 'service-kit/environment';

interface DemoConfig {
  /** The command service. */
  readonly url: string;
  /** Where to look at what comes of it. */
  readonly dashboard: string;
  /** A token with the scope commands:write, for AUTH_MODE=jwt; empty: none. */
  readonly token: string;
}

/** The variables of the demo. */
export const demoSpecs = {
  SERVER_PORT: port({ default: 8080, desc: 'the command service, on this machine' }),
  QUERY_SERVER_PORT: port({ default: 8081, desc: 'the query service, on this machine' }),
  DEMO_TOKEN: str({ default: '', desc: 'a token with the scope commands:write' }),
};

/** @throws {ConfigurationError} naming every bad variable */
export function readDemoConfig(environment: NodeJS.ProcessEnv = process.env): DemoConfig {
  const env = readEnvironment(demoSpecs, environment);
  return {
    url: `http://127.0.0.1:${env.SERVER_PORT}`,
    dashboard: `http://localhost:${env.QUERY_SERVER_PORT}/`,
    token: env.DEMO_TOKEN,
  };
}

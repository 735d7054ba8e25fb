import type { Ports } from './parts';

/** Where the parts of a stack on these ports answer. */
export abstract class Addresses {
  constructor(readonly ports: Ports) {}

  get commands(): string {
    return url(this.ports.SERVER_PORT);
  }

  get queries(): string {
    return url(this.ports.QUERY_SERVER_PORT);
  }

  get queryAdmin(): string {
    return url(this.ports.QUERY_ADMIN_PORT);
  }

  get connect(): string {
    return url(this.ports.CONNECT_PORT);
  }

  get database() {
    return {
      host: '127.0.0.1',
      port: this.ports.DB_PORT,
      database: 'analytics_db',
      user: 'analytics',
      password: 'analytics',
    };
  }
}

const url = (port: number): string => `http://127.0.0.1:${port}`;

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Router from '@koa/router';
import { isHeldByClient } from 'service-kit/entity-tags';

const folder = join(__dirname, '..', '..', 'dashboard');
/** Its module entry is for bundlers; this build is one file without imports. */
const chartJs = join(dirname(require.resolve('chart.js')), 'chart.umd.min.js');

/** The files that the page loads, by path. They are read once, because they change only with a release. */
const files: Readonly<Record<string, { file: string; type: string }>> = {
  '/': { file: join(folder, 'index.html'), type: 'text/html' },
  '/dashboard/dashboard.css': { file: join(folder, 'dashboard.css'), type: 'text/css' },
  ...Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name.endsWith('.js'))
      .map((name) => [`/dashboard/${name}`, { file: join(folder, name), type: 'text/javascript' }]),
  ),
  '/dashboard/chart.js': { file: chartJs, type: 'text/javascript' },
  '/dashboard/icon.svg': { file: join(folder, 'icon.svg'), type: 'image/svg+xml' },
};

/**
 * Allows nothing inline and nothing from other sites: the page works without the internet, and injected markup cannot
 * run.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What the page has to know before it asks for anything. */
export interface Settings {
  /** Whether it may ask for what is the operators'. */
  readonly isForOperators: boolean;
}

/** `GET /`: the dashboard, and what it loads. It holds no data: that comes from the API. */
export function dashboardPages(settings: Settings): Router {
  const router = new Router();
  const all = {
    ...Object.fromEntries(
      Object.entries(files).map(([path, { file, type }]) => [
        path,
        { body: readFileSync(file), type },
      ]),
    ),
    '/dashboard/settings.js': {
      body: Buffer.from(`export const settings = ${JSON.stringify(settings)};\n`),
      type: 'text/javascript',
    },
  };
  for (const [path, { body, type }] of Object.entries(all)) {
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
    router.get(path, (ctx) => {
      ctx.set('Content-Security-Policy', contentSecurityPolicy);
      // The browser asks each time, and gets the file only when it has changed.
      ctx.set('Cache-Control', 'no-cache');
      ctx.set('ETag', etag);
      ctx.type = type;
      if (isHeldByClient(ctx, etag)) ctx.status = 304;
      else ctx.body = body;
    });
  }
  return router;
}

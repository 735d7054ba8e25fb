import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import Router from '@koa/router';
import { type Api, openApiDocument } from './document';
import type { Slice } from './operation';

/** Resolve its package.json: its entry point would load the whole bundle into this process. */
const swaggerUi = dirname(require.resolve('swagger-ui-dist/package.json'));

/** The files that the page loads, with their media types. */
const files = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
  'favicon-32x32.png': 'image/png',
} as const;

/**
 * The page may run and fetch only files of this service, and nothing inline. `data:` is for Swagger UI's own icons in
 * its style sheet.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * `GET /openapi.json`: these slices as an OpenAPI document. `GET /docs`: the same to read and to try, by
 * Swagger UI, from this service alone.
 *
 * @throws {Error} when a route and its description do not match
 */
export function apiRoutes(api: Api, slices: readonly Slice[]): Router {
  const document = JSON.stringify(openApiDocument(api, slices));
  const router = new Router();
  router.get('/openapi.json', (ctx) => {
    ctx.type = 'application/json';
    ctx.body = document;
  });
  router.get('/docs', (ctx) => {
    ctx.set('Content-Security-Policy', contentSecurityPolicy);
    ctx.type = 'text/html';
    ctx.body = page(api.title);
  });
  router.get('/docs/start.js', (ctx) => {
    ctx.type = 'text/javascript';
    ctx.body = start;
  });
  for (const [file, type] of Object.entries(files)) {
    router.get(`/docs/${file}`, async (ctx) => {
      // The document changes only with a release.
      ctx.set('Cache-Control', 'public, max-age=3600');
      ctx.type = type;
      ctx.body = await readFile(join(swaggerUi, file));
    });
  }
  return router;
}

// URLs are relative, so that a proxy may serve this below a path.
const page = (title: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title}</title>
    <link rel="icon" href="docs/favicon-32x32.png">
    <link rel="stylesheet" href="docs/swagger-ui.css">
  </head>
  <body>
    <div id="api"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
`;

/** The script is a separate file, because the policy forbids inline scripts. Swagger UI is dark by a class of its root only. */
const start = `const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();
SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#api',
  deepLinking: true,
  displayRequestDuration: true,
  // Swagger UI would send the document's address to a validator on the internet.
  validatorUrl: null,
});
`;

import { createHash } from 'node:crypto';
import Router from '@koa/router';
import { type AsyncApiDocument, asyncApiDocument } from 'contracts/asyncapi';
import type { Topics } from 'contracts/topics';

/**
 * `GET /asyncapi.json`: the events as an AsyncAPI document. `GET /docs/events`: the same to read, a page without a script.
 *
 * @param version of the API
 */
export function eventPages(topics: Topics, version: string): Router {
  const document = asyncApiDocument(topics, version);
  const json = JSON.stringify(document);
  const html = page(document);
  const router = new Router();
  router.get('/asyncapi.json', (ctx) => {
    ctx.type = 'application/json';
    ctx.body = json;
  });
  router.get('/docs/events', (ctx) => {
    ctx.set('Content-Security-Policy', contentSecurityPolicy);
    ctx.type = 'text/html';
    ctx.body = html;
  });
  return router;
}

const style = `body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; margin: 1rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 1.5rem 0.25rem 0; border-bottom: 1px solid #8886; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid #8886; border-radius: 0.5rem; }`;

const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function page({ info, channels, components }: AsyncApiDocument): string {
  const parts = Object.values(channels).map(
    ({ address, description, messages }) => `<h2>${text(address)}</h2>
<p>${text(description)}</p>
${Object.keys(messages)
  .flatMap((name) => components.messages[name] ?? [])
  .map(messageHtml)
  .join('\n')}`,
  );
  // Links are relative, so that a proxy may serve this below a path.
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Events</title>
    <style>${style}</style>
  </head>
  <body>
<h1>${text(info.title)}</h1>
<p>${text(info.description)}</p>
<p><a href="../asyncapi.json">AsyncAPI</a> · <a href="../docs">HTTP API</a></p>
${parts.join('\n')}
  </body>
</html>
`;
}

type Message = AsyncApiDocument['components']['messages'][string];

function messageHtml(message: Message): string {
  const { title, summary, headers, payload, bindings, examples = [] } = message;
  return `<h3>${text(title)}</h3>
<p>${text(summary)} Key: ${text(bindings.kafka.key.description)}</p>
${table('Header', rowsOf(headers))}
${table('Member', rowsOf(payload as Schema))}
${examples.map((example) => `<pre>${text(JSON.stringify(example.payload, null, 2))}</pre>`).join('\n')}`;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: string | number;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly description?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** A member's path, what its value may be, and what it means. */
function rowsOf({ properties = {} }: Schema, at = ''): string[][] {
  return Object.entries(properties).flatMap(([name, member]) => {
    const path = `${at}${name}`;
    return [
      [path, valuesOf(member), member.description ?? ''],
      ...rowsOf(member, `${path}.`),
      ...(member.items === undefined ? [] : rowsOf(member.items, `${path}[].`)),
    ];
  });
}

function valuesOf({ type, const: only, enum: some, minimum, maximum, pattern }: Schema): string {
  if (only !== undefined) return String(only);
  if (some !== undefined) return some.join(', ');
  const range = minimum === undefined ? '' : `, ${minimum} to ${maximum}`;
  return `${[type].flat().join(' or ')}${range}${pattern === undefined ? '' : `, ${pattern}`}`;
}

function table(first: string, rows: readonly string[][]): string {
  const cells = (tag: string, row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${text(cell)}</${tag}>`).join('')}</tr>`;
  const head = cells('th', [first, 'Value', 'Meaning']);
  return `<table>${[head, ...rows.map((row) => cells('td', row))].join('\n')}</table>`;
}

const text = (plain: string): string =>
  plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

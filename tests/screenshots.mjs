// The README's pictures, of a running stack while `npm run demo` runs: `npm run screenshots`.
// It stops the connector for some seconds, to show what the page says then.
import { mkdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromiumPath } from 'local/chromium';
import { chromium } from 'playwright-core';

const { QUERY_SERVER_PORT = '8081', CONNECT_PORT = '8083', CHROMIUM_PATH } = process.env;
const connector = `http://127.0.0.1:${CONNECT_PORT}/connectors/outbox-relay`;
const folder = fileURLToPath(new URL('../docs/images/', import.meta.url));
mkdirSync(folder, { recursive: true });

const browser = await chromium.launch({
  executablePath: chromiumPath(CHROMIUM_PATH),
  chromiumSandbox: process.getuid?.() !== 0,
});

/** @param ready what must be there first */
async function take(name, { ready = '#freshness[data-state=ok]', ...options }) {
  const page = await browser.newPage({
    viewport: { width: 1180, height: 800 },
    // A picture of the whole page resizes it, which would start the bars anew.
    reducedMotion: 'reduce',
    ...options,
  });
  await page.goto(`http://127.0.0.1:${QUERY_SERVER_PORT}/`);
  await page.locator(ready).waitFor();
  // The bars have grown, and the badge counts from a look that is some seconds old.
  await wait(1_500);
  await page.screenshot({
    path: `${folder}dashboard-${name}.png`,
    fullPage: options.isMobile !== true,
  });
  await page.close();
}

await take('light', { colorScheme: 'light' });
await take('dark', { colorScheme: 'dark' });
await take('phone', {
  colorScheme: 'dark',
  viewport: { width: 390, height: 844 },
  isMobile: true,
});
await fetch(`${connector}/stop`, {
  method: 'PUT',
  headers: { 'content-type': 'application/json' },
});
try {
  await take('stopped', { colorScheme: 'light', ready: '#banner:has-text("stand still since")' });
} finally {
  await fetch(`${connector}/resume`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
  });
  await browser.close();
}

// The pictures of README and docs, still and moving, of a running stack while `npm run demo` runs: `npm run screenshots`.
// It stops the connector twice for some seconds, to show what the page says then. The moving picture needs ffmpeg.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const { QUERY_SERVER_PORT = '8081', CONNECT_PORT = '8083' } = process.env;
const { CHROMIUM_PATH = '/usr/bin/chromium' } = process.env;
const dashboard = `http://127.0.0.1:${QUERY_SERVER_PORT}/`;
const connector = `http://127.0.0.1:${CONNECT_PORT}/connectors/outbox-relay`;
const checkout = fileURLToPath(new URL('..', import.meta.url));
const images = join(checkout, 'docs', 'images');
const live = '#freshness[data-state=ok]';
const standsStill = '#banner:has-text("stand still since")';

const browser = await chromium.launch({
  executablePath: CHROMIUM_PATH,
  chromiumSandbox: process.getuid?.() !== 0,
});

/** The page, when what `ready` selects is there. */
async function open({ ready = live, ...options }) {
  const page = await browser.newPage({
    viewport: { width: 1180, height: 800 },
    // A picture of the whole page resizes it, which would start the bars anew.
    reducedMotion: 'reduce',
    ...options,
  });
  await page.goto(dashboard);
  await page.locator(ready).waitFor();
  // The badge counts from a look that is some seconds old.
  await wait(1_500);
  return page;
}

async function take(name, options) {
  const page = await open(options);
  await page.screenshot({
    path: join(images, `dashboard-${name}.png`),
    fullPage: options.isMobile !== true,
  });
  await page.close();
}

const tell = (word) =>
  fetch(`${connector}/${word}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
  });

/** Stops the connector, while orders go on; lets the page resume it; compares. Two pictures a second. */
async function film() {
  const frames = mkdtempSync(join(tmpdir(), 'outbox-analytics-film-'));
  let frame = 0;
  const page = await open({ viewport: { width: 1180, height: 960 } });
  const say = (text) => page.evaluate(caption, text);
  const roll = async (seconds) => {
    for (let at = 0; at < seconds; at += 0.5) {
      await page.screenshot({ path: join(frames, `${String(frame++).padStart(3, '0')}.png`) });
      await wait(500);
    }
  };
  await say('Orders come in, and every hop does its job.');
  await roll(3);
  await tell('stop');
  await say('The connector is stopped. Orders go on: they wait in the outbox.');
  await page.locator(standsStill).waitFor();
  await roll(6);
  await say('Resume it …');
  await page.locator('#resume').click();
  await roll(2);
  await page.locator(live).waitFor();
  await say('… and the views have them all.');
  await roll(3);
  const equal = execFileSync('npm', ['run', '-s', 'reconcile'], {
    cwd: checkout,
    encoding: 'utf8',
  });
  await say(`$ npm run reconcile\n${equal.trim()}`);
  await roll(4);
  execFileSync('ffmpeg', [
    ...['-loglevel', 'error', '-y', '-framerate', '2', '-i', join(frames, '%03d.png')],
    ...['-vf', 'split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none:diff_mode=rectangle'],
    join(images, 'stopped-and-resumed.gif'),
  ]);
  rmSync(frames, { recursive: true });
  await page.close();
}

/* global document -- caption() runs in the page. */
/** A line of text over the lower end of the page. */
function caption(text) {
  const id = 'caption';
  const line =
    document.getElementById(id) ?? document.body.appendChild(document.createElement('p'));
  Object.assign(line, { id, textContent: text });
  Object.assign(line.style, {
    ...{ position: 'fixed', inset: 'auto 0 0 0', margin: 0, padding: '14px 24px', zIndex: 9 },
    ...{
      background: '#1b2430',
      color: '#fff',
      font: '600 17px/1.5 monospace',
      whiteSpace: 'pre-wrap',
    },
  });
}

try {
  await take('light', { colorScheme: 'light' });
  await take('dark', { colorScheme: 'dark' });
  await take('phone', {
    colorScheme: 'dark',
    viewport: { width: 390, height: 844 },
    isMobile: true,
  });
  await film();
  await tell('stop');
  await take('stopped', { colorScheme: 'light', ready: standsStill });
} finally {
  await tell('resume');
  await browser.close();
}

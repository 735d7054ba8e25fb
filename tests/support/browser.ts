import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** This machine's Chromium, without a window, to which evil.example is this machine. @throws when there is none, with what to do */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(process.env.CHROMIUM_PATH),
    args: ['--host-resolver-rules=MAP evil.example 127.0.0.1'],
    // Its sandbox refuses root, who runs CI; it sees our own page only.
    chromiumSandbox: process.getuid?.() !== 0,
  });
}

/**
 * The browser of this machine: Chromium or Chrome.
 *
 * @param wanted its path, by the user; undefined: where systems usually have it
 * @throws when there is none, with what to do
 */
function chromiumPath(wanted: string | undefined): string {
  const found = wanted === undefined ? usual.find((path) => existsSync(path)) : wanted;
  if (found !== undefined && existsSync(found)) return found;
  throw new Error(
    `no browser at ${wanted === undefined ? usual.join(', ') : `CHROMIUM_PATH=${wanted}`}: install Chromium or ` +
      'Chrome (Debian: apt-get install chromium), or say where it is: CHROMIUM_PATH=/path/to/chrome',
  );
}

/** What a page did that it must not: errors, what its policy forbids, requests to others. */
export function complaintsOf(page: Page, origin: string): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) complaints.push(`asked ${request.url()}`);
  });
  return complaints;
}

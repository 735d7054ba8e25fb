import { chromiumPath } from 'local/chromium';
import { type Browser, chromium, type Page } from 'playwright-core';

/** This machine's Chromium, without a window, to which evil.example is this machine. @throws when there is none, with what to do */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(process.env.CHROMIUM_PATH),
    args: ['--host-resolver-rules=MAP evil.example 127.0.0.1'],
    // Its sandbox refuses root, who runs CI; it sees our own page only.
    chromiumSandbox: process.getuid?.() !== 0,
  });
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

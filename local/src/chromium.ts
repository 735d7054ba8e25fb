import { existsSync } from 'node:fs';

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * The browser of this machine: Chromium or Chrome.
 *
 * @param wanted its path, by the user; undefined: where systems usually have it
 * @throws when there is none, with what to do
 */
export function chromiumPath(wanted: string | undefined): string {
  const found = wanted === undefined ? usual.find((path) => existsSync(path)) : wanted;
  if (found !== undefined && existsSync(found)) return found;
  throw new Error(
    `no browser at ${wanted === undefined ? usual.join(', ') : `CHROMIUM_PATH=${wanted}`}: install Chromium or ` +
      'Chrome (Debian: apt-get install chromium), or say where it is: CHROMIUM_PATH=/path/to/chrome',
  );
}

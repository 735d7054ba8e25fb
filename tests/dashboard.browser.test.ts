import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startTemporaryIssuer } from '../local/test/support/temporary-issuer';
import { until } from 'local/until';
import type { Browser, Page } from 'playwright-core';
import { complaintsOf, startBrowser } from './support/browser';
import { LocalStack } from './support/local-stack';
import { startSecondReplica } from './support/second-replica';
import { Shop } from './support/shop';

const soonMs = 60_000;
const phone = { width: 390, height: 844 };

let stack: LocalStack;
let shop: Shop;
let browser: Browser;
let page: Page;
let complaints: string[];
beforeAll(async () => {
  browser = await startBrowser();
  stack = await LocalStack.start();
  shop = new Shop(stack.commands);
  await shop.createProduct('Laptop', 'Electronics', 500);
  page = await browser.newPage();
  complaints = complaintsOf(page, stack.queries);
  await page.goto(stack.queries);
});
afterAll(async () => {
  await browser?.close();
  await stack?.remove();
});

const textOf = async (selector: string, on = page): Promise<string> =>
  (await on.locator(selector).textContent()) ?? '';

/** The bars of a chart, as the browser draws them. */
const barsOf = (id: string): Promise<number[]> =>
  page.evaluate(`Chart.getChart(document.querySelector('#${id} canvas')).data.datasets[0].data`);

test('an order moves the numbers, the bars and the table, without a reload', async () => {
  await page.evaluate('globalThis.isTheSamePage = true');
  // The pipeline and the numbers come by two requests.
  await until(async () => {
    expect(await textOf('#freshness')).toMatch(/Live/);
    expect(await textOf('#tile-revenue')).toBe('0.00');
    expect(await page.locator('#sales-over-time .empty').isVisible()).toBe(true);
  }, soonMs);

  await shop.placeOrder([{ productId: 1, quantity: 2, price: 617.25 }]);

  await until(async () => {
    expect(await textOf('#tile-revenue')).toBe('1,234.50');
    expect(await textOf('#tile-units')).toBe('2');
    expect((await barsOf('sales-over-time')).at(-1)).toBe(1234.5);
    expect(await barsOf('orders-per-minute')).toContain(1);
    expect(await barsOf('top-products')).toEqual([1234.5]);
    expect(await textOf('#categories tbody')).toBe('Electronics1,234.50');
  }, soonMs);
  expect(await page.locator('#sales-over-time .empty').isVisible()).toBe(false);
  expect(await page.evaluate('globalThis.isTheSamePage')).toBe(true);
});

test('a stopped connector shows within 5 seconds, with the reason, until it is resumed', async () => {
  await connector('stop');
  try {
    await until(async () => {
      expect(await textOf('#banner')).toMatch(/connector is STOPPED; resume it: curl -X PUT/);
      expect(await textOf('#freshness')).toMatch(/Stale/);
      expect(await textOf('[data-hop=connector] .state')).toBe('Not working');
    }, 5_000);

    // Numbers are stale when they are ten seconds old.
    await until(async () => {
      expect(await textOf('#banner')).toMatch(/stand still since \d\d:\d\d:\d\d: the connector is/);
    }, 60_000);
    // Its sentences are long: they must fit as well.
    await page.setViewportSize(phone);
    await until(async () => expect(await widthOf(page)).toBe(phone.width), soonMs);
  } finally {
    await connector('resume');
  }
  await until(async () => {
    expect(await page.locator('#banner').isVisible()).toBe(false);
    expect(await textOf('#freshness')).toMatch(/Live/);
    expect(await textOf('[data-hop=connector] .state')).toBe('OK');
  }, 60_000);
});

test.each(['light', 'dark'] as const)(
  'a phone of 390 pixels never scrolls sideways, %s',
  async (colorScheme) => {
    await page.setViewportSize(phone);
    await page.emulateMedia({ colorScheme });
    for (const summary of await page.locator('summary').all()) await summary.click();
    expect(await page.locator('#top-products table').isVisible()).toBe(true);
    await until(async () => expect(await widthOf(page)).toBe(phone.width), soonMs);
    for (const summary of await page.locator('summary').all()) await summary.click();
    const red = await page.evaluate<number>(
      'Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])',
    );
    if (colorScheme === 'dark') expect(red).toBeLessThan(64);
    else expect(red).toBeGreaterThan(192);
  },
);

test('the keyboard reaches every control, in order, and each shows the focus', async () => {
  await page.reload();
  await until(async () => expect(await textOf('#freshness')).toMatch(/Live/), soonMs);
  const controls = await page.evaluate<string[]>(
    // The keyboard reaches the checked radio button of a group only.
    `[...document.querySelectorAll('a, button, input, select, summary, [tabindex]')]
       .filter((one) => one.checkVisibility() && (one.type !== 'radio' || one.checked))
       .map((one) => one.textContent)`,
  );
  expect(controls).toEqual(expect.arrayContaining(['Skip to the numbers', 'As a table', 'API']));
  const reached: string[] = [];
  while (reached.length < controls.length) {
    await page.keyboard.press('Tab');
    const { text, outline, onScreen } = await page.evaluate<{
      text: string;
      outline: string;
      onScreen: boolean;
    }>(`(() => {
      const { activeElement: focused } = document;
      const { outlineStyle, outlineWidth } = getComputedStyle(focused);
      const { width, height } = focused.getBoundingClientRect();
      return {
        text: focused.textContent,
        outline: outlineStyle + ' ' + outlineWidth,
        onScreen: width > 1 && height > 1,
      };
    })()`);
    reached.push(text);
    expect({ text, outline, onScreen }).toEqual({ text, outline: 'solid 3px', onScreen: true });
  }
  expect(reached).toEqual(controls);

  await page.locator('#sales-over-time summary').focus();
  await page.keyboard.press('Enter');
  expect(await page.locator('#sales-over-time table').isVisible()).toBe(true);
});

test('all the while: no error, nothing that its policy forbids, no request to another origin', () => {
  expect(complaints).toEqual([]);
});

test('a script that somebody got into the page does not run', async () => {
  const other = await browser.newPage();
  const refused = complaintsOf(other, stack.queries);
  await other.goto(stack.queries);
  await other.evaluate(`document.body.append(
    Object.assign(document.createElement('script'), { textContent: 'globalThis.hasRun = true' }),
  )`);
  expect(await other.evaluate('globalThis.hasRun ?? false')).toBe(false);
  await until(() => {
    expect(refused).toEqual([expect.stringContaining('Content Security Policy')]);
  }, soonMs);
  await other.close();
});

describe('a page of another origin, in the browser of somebody who runs this', () => {
  let evil: Server;
  let other: Page;
  /** The ports of our own listeners. */
  let listeners: Record<'commands' | 'queries' | 'commandAdmin' | 'queryAdmin' | 'keeper', number>;

  beforeAll(async () => {
    const { ports } = stack;
    listeners = {
      commands: ports.SERVER_PORT,
      queries: ports.QUERY_SERVER_PORT,
      commandAdmin: ports.COMMAND_ADMIN_PORT,
      queryAdmin: ports.QUERY_ADMIN_PORT,
      keeper: ports.RELAY_KEEPER_PORT,
    };
    evil = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end(''));
    evil.listen(0, '127.0.0.1');
    await once(evil, 'listening');
  });
  afterAll(() => evil.close());
  afterEach(() => other.close());

  let asked: Map<string, string>;
  let answered: Map<string, number>;
  /** A page of that address; what it is answered is seen below the page, which itself may see none of it. */
  const open = async (host: string): Promise<void> => {
    other = await browser.newPage();
    asked = new Map();
    answered = new Map();
    const session = await other.context().newCDPSession(other);
    session.on('Network.requestWillBeSent', ({ requestId, request }) =>
      asked.set(request.url, requestId),
    );
    session.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode }) =>
      answered.set(requestId, statusCode),
    );
    await session.send('Network.enable');
    await other.goto(`http://${host}:${(evil.address() as AddressInfo).port}/`);
  };
  let attacks = 0;
  const attack = async (url: string, init: object): Promise<number> => {
    const unique = `${url}?attack=${++attacks}`;
    await other.evaluate(
      `fetch(${JSON.stringify(unique)}, ${JSON.stringify(init)}).catch(() => undefined)`,
    );
    return until(() => {
      const status = answered.get(asked.get(unique) ?? '');
      if (status === undefined) throw new Error(`${unique} is not answered`);
      return status;
    }, soonMs);
  };
  const file = async (): Promise<unknown> => {
    const answer = await fetch(`${stack.queryAdmin}/consumption`);
    const { file, rebuild } = (await answer.json()) as Record<string, unknown>;
    return { file, rebuild };
  };

  test.each(['evil.example', 'localhost', '127.0.0.1'])(
    'from %s it starts no rebuild, takes no backup, gives no command',
    async (host) => {
      await open(host);
      const before = await file();
      for (const name of ['localhost', '127.0.0.1']) {
        const at = (listener: keyof typeof listeners, path: string): string =>
          `http://${name}:${listeners[listener]}${path}`;
        const blind = { mode: 'no-cors' };
        const sent = { ...blind, method: 'POST' };
        expect([
          await attack(at('queryAdmin', '/consumption/rebuild'), sent),
          await attack(at('queryAdmin', '/consumption/rebuild'), { ...sent, body: '{}' }),
          await attack(at('queryAdmin', '/backup'), blind),
          await attack(at('queryAdmin', '/snapshot'), blind),
          await attack(at('queryAdmin', '/health/ready'), blind),
          await attack(at('commandAdmin', '/metrics'), blind),
          await attack(at('keeper', '/pipeline'), blind),
          await attack(at('commands', '/api/products'), { ...sent, body: '{}' }),
        ]).toEqual(Array(8).fill(403));
        // What it may ask for, and cannot read.
        expect(await attack(at('queries', '/api/analytics/categories'), blind)).toBe(200);
      }
      expect(await file()).toEqual(before);
    },
  );

  test('reads answers and their headers when CORS_ORIGINS names it, and else nothing', async () => {
    await open('127.0.0.1');
    const origin = await other.evaluate<string>('location.origin');
    const replica = await startSecondReplica(stack, {
      AUTH_MODE: 'none',
      CORS_ORIGINS: origin,
    });
    const read = (url: string): Promise<unknown> =>
      other.evaluate(
        `fetch(${JSON.stringify(`${url}/api/analytics/categories`)}).then(async (answer) =>
           [await answer.json(), answer.headers.get('Views-State')], () => 'nothing')`,
      );
    try {
      // A header that a page may not read is null to it.
      const everything = [
        [{ category: 'Electronics', totalRevenue: 1234.5 }],
        expect.any(String) as string,
      ];
      await until(async () => expect(await read(replica.url)).toEqual(everything), soonMs);
      expect(await read(stack.queries)).toBe('nothing');
    } finally {
      await replica.stop();
    }
  });

  test('whose name leads to this machine by DNS rebinding is answered by no listener', async () => {
    other = await browser.newPage();
    for (const port of Object.values(listeners)) {
      for (const path of ['/', '/metrics', '/consumption', '/openapi.json', '/health/ready']) {
        const answer = await other.goto(`http://evil.example:${port}${path}`);
        expect([path, answer?.status()]).toEqual([path, 421]);
      }
    }
  });
});

describe('with AUTH_MODE=jwt', () => {
  test('no number is shown before a token with the scope is given', async () => {
    const issuer = await startTemporaryIssuer();
    const { jwksUrl, issuer: name, audience } = issuer.auth;
    const replica = await startSecondReplica(stack, {
      AUTH_MODE: 'jwt',
      AUTH_JWKS_URL: jwksUrl.href,
      AUTH_ISSUER: name,
      AUTH_AUDIENCE: audience,
    });
    const guarded = await browser.newPage();
    const give = async (token: string): Promise<void> => {
      await guarded.locator('#token-form').waitFor({ state: 'visible', timeout: soonMs });
      await guarded.keyboard.type(token);
      await guarded.keyboard.press('Enter');
    };
    const hint = (text: string): Promise<void> =>
      until(async () => expect(await textOf('#token-hint', guarded)).toContain(text), soonMs);
    try {
      await guarded.goto(replica.url);
      await give('no-token');
      await hint('The token was not accepted.');
      expect(await textOf('#tile-revenue', guarded)).toBe('–');
      await guarded.locator('#token').fill('');
      await give(await issuer.token('commands:write'));
      await hint('The token lacks the scope analytics:read.');
      expect(await textOf('#tile-revenue', guarded)).toBe('–');
      await guarded.locator('#token').fill('');
      await give(await issuer.token('analytics:read'));
      await until(async () => {
        expect(await textOf('#tile-revenue', guarded)).toBe('1,234.50');
        expect(await guarded.locator('#token-form').isVisible()).toBe(false);
        expect(await guarded.locator('#banner').isVisible()).toBe(false);
      }, soonMs);
    } finally {
      await guarded.close();
      await replica.stop();
      await issuer.stop();
    }
  });
});

const widthOf = (shown: Page): Promise<number> =>
  shown.evaluate('document.documentElement.scrollWidth');

async function connector(order: 'stop' | 'resume'): Promise<void> {
  const url = `${stack.connect}/connectors/outbox-relay/${order}`;
  expect((await fetch(url, { method: 'PUT' })).ok).toBe(true);
}

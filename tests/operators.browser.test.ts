import { readFileSync } from 'node:fs';
import type { AxeResults } from 'axe-core';
import { startTemporaryIssuer } from '../local/test/support/temporary-issuer';
import { until } from 'local/until';
import type { Browser, Page } from 'playwright-core';
import { complaintsOf, startBrowser } from './support/browser';
import { LocalStack } from './support/local-stack';
import { forget, loseAnEvent } from './support/lost-event';
import { startSecondReplica } from './support/second-replica';
import { Shop } from './support/shop';
import { createKafka } from 'kafka-client/kafka';

const soonMs = 60_000;
const phone = { width: 390, height: 844 };
const desk = { width: 1280, height: 900 };
const hourMs = 3_600_000;
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

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
  await shop.createProduct('Desk lamp', 'Home', 20);
  await shop.placeOrder([
    { productId: 1, quantity: 2, price: 500 },
    { productId: 2, quantity: 1, price: 19.99 },
  ]);
  await shop.placeOrder([{ productId: 1, quantity: 1, price: 450 }]);
  page = await browser.newPage({ viewport: desk, reducedMotion: 'reduce' });
  complaints = complaintsOf(page, stack.queries);
  await page.goto(stack.queries);
  await shows('#tile-revenue', '1,469.99');
});
afterAll(async () => {
  await browser?.close();
  await stack?.remove();
});
afterEach(async () => {
  await page.setViewportSize(desk);
  await page.evaluate("location.hash = ''");
  await until(async () => expect(await page.locator('#panel').isVisible()).toBe(false), soonMs);
});

const textOf = async (selector: string, on = page): Promise<string> =>
  (await on.locator(selector).first().textContent()) ?? '';

const shows = (selector: string, text: string | RegExp, on = page): Promise<void> =>
  until(async () => {
    const shown = await textOf(selector, on);
    if (typeof text === 'string') expect(shown).toContain(text);
    else expect(shown).toMatch(text);
  }, soonMs);

const panel = (text: string | RegExp): Promise<void> => shows('#panel .panel-body', text);
const titled = (text: string): Promise<void> => shows('#panel h2', text);
const open = (hash: string): Promise<unknown> =>
  page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
const follow = (name: string): Promise<void> =>
  page.locator('#panel').getByRole('link', { name, exact: true }).first().click();

const stateOf = async (hop: string): Promise<string | null> =>
  page.locator(`#panel [data-hop="${hop}"]`).getAttribute('data-state');
const hops = ['PostgreSQL row', 'Outbox row', 'Kafka record', 'Applied version', 'Views'];
const chainIs = (states: readonly string[], withinMs = soonMs): Promise<void> =>
  until(async () => expect(await Promise.all(hops.map(stateOf))).toEqual(states), withinMs);
/** The panel shows what was so when it was opened: it is opened again until it shows this. */
const chainBecomes = (order: number, states: readonly string[]): Promise<void> =>
  until(async () => {
    await open('#/events');
    await titled('Events');
    await open(`#/order/${order}`);
    await chainIs(states, 3_000);
  }, soonMs);

/** Clicks on a bar where the browser has drawn it. */
async function clickBar(chart: string, index: number): Promise<void> {
  const canvas = `document.querySelector('#${chart} canvas')`;
  const at = await page.evaluate<{ x: number; y: number }>(`(() => {
    ${canvas}.scrollIntoView();
    const { x, y, base, horizontal } = Chart.getChart(${canvas}).getDatasetMeta(0).data.at(${index})
      .getProps(['x', 'y', 'base', 'horizontal'], true);
    const box = ${canvas}.getBoundingClientRect();
    return horizontal
      ? { x: box.x + (x + base) / 2, y: box.y + y }
      : { x: box.x + x, y: box.y + (y + base) / 2 };
  })()`);
  await page.mouse.click(at.x, at.y);
}

describe('a number', () => {
  test('of an hour leads to its products, to the orders of one, to the way of an order, and back', async () => {
    await clickBar('sales-over-time', -1);
    await titled('Sales, ');
    await panel('1,469.99 for 4 units of 2 products.');
    await follow('Laptop');
    await titled('Laptop');
    await panel('2 orders add up to 1,450.00, as the view shows.');
    await follow('order 1');
    await titled('Order 1');
    await chainIs(['ok', 'ok', 'ok', 'ok', 'ok']);
    await panel(/Sales of Laptop1,000.001,450.00/);
    await panel(/Revenue of Home19.9919.99/);
    await panel(/Customer 11,019.991,469.99/);
    await page.goBack();
    await titled('Laptop');
    await page.keyboard.press('Escape');
    await until(async () => expect(await page.locator('#panel').isVisible()).toBe(false), soonMs);
  });

  test('of a category, a product, a minute and the tiles leads to what it is made of', async () => {
    await clickBar('categories', 0);
    await titled('Electronics');
    await panel('Its 1 product sold as much together.');
    await page.keyboard.press('Escape');
    await clickBar('top-products', 1);
    await titled('Desk lamp');
    await panel('1 order adds up to 19.99, as the view shows.');
    await page.keyboard.press('Escape');
    await page.locator('#tile-units').click();
    await panel('4 units of 2 products.');
    await page.keyboard.press('Escape');
    await page.locator('#tile-rate').click();
    await titled('Events as they come');
    await open('#/customer/1');
    await panel('2 orders add up to 1,469.99, as the view shows.');
  });

  test('is looked into by the keyboard alone', async () => {
    await page.locator('#top-products summary').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await titled('Laptop');
    await until(async () => {
      expect(await page.evaluate('document.activeElement.id')).toBe('panel-heading');
    }, soonMs);
    await page.keyboard.press('Escape');
    await until(async () => {
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Laptop');
    }, soonMs);
    await page.locator('#top-products summary').click();
  });

  test('says so when its orders do not add up to it', async () => {
    const lost = await loseAnEvent(stack, 2);
    await open('#/product/2');
    await panel('2 orders add up to 39.97; the view shows 19.99.');
    await forget(stack, lost);
  });
});

describe('the search', () => {
  const search = async (kind: string, text: string): Promise<void> => {
    await page.locator('#search-kind').selectOption(kind);
    await page.locator('#search-text').fill(text);
    await page.keyboard.press('Enter');
  };

  test('finds an order, a customer, a product by its number and by its name', async () => {
    await search('order', '2');
    await titled('Order 2');
    await page.keyboard.press('Escape');
    await search('customer', '1');
    await titled('Customer 1');
    await page.keyboard.press('Escape');
    await search('product', '2');
    await titled('Desk lamp');
    await page.keyboard.press('Escape');
    await search('product', 'LAMP');
    await panel(/Desk lampHome20.00/);
  });

  test('says what there is not', async () => {
    await search('order', '99');
    await panel('there is no order 99.');
    await page.keyboard.press('Escape');
    await search('order', 'lamp');
    await shows('#search-hint', 'lamp is no number of an order');
    await search('product', 'sofa');
    await panel('No product has that in its name.');
  });
});

test('the time is this hour, a day, a week, or of ones own', async () => {
  const old = new Date(Math.floor(Date.now() / hourMs) * hourMs - 72 * hourMs);
  await shop.placeOrder([{ productId: 2, quantity: 3, price: 10 }], {
    placedAt: old.toISOString(),
  });
  await page.locator('input[value=week]').check();
  await shows('#revenue-term', 'Revenue, last 7 days');
  await shows('#tile-revenue', '1,499.99');
  await page.locator('input[value=hour]').check();
  await shows('#tile-revenue', '1,469.99');
  await page.locator('input[value=own]').check();
  const local = await page.evaluate<string[]>(
    `[0, 1].map((hours) => new Date(${old.getTime()} + hours * ${hourMs} - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 16))`,
  );
  await page.locator('input[name=to]').fill(local[0] ?? '');
  await page.locator('input[name=from]').fill(local[1] ?? '');
  await shows('#range-hint', 'The end must come after the start.');
  await page.locator('input[name=from]').fill(local[0] ?? '');
  await page.locator('input[name=to]').fill(local[1] ?? '');
  await shows('#tile-revenue', /^30.00$/);
  await clickBar('sales-over-time', 0);
  await panel('30.00 for 3 units of 1 product.');
  await page.keyboard.press('Escape');
  await page.locator('input[value=day]').check();
  await shows('#tile-revenue', '1,469.99');
});

describe('an order', () => {
  test('whose event is lost shows where its way breaks, with the command that mends it', async () => {
    const lost = await loseAnEvent(stack, 1);
    await chainBecomes(lost, ['ok', 'broken', 'broken', 'broken', 'broken']);
    await panel(`npm run reemit -- order:${lost}`);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.locator('#panel').getByRole('button', { name: /^Copy/ }).first().click();
    await until(async () => {
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
        `npm run reemit -- order:${lost}`,
      );
    }, soonMs);
    await forget(stack, lost);
  });

  test('behind a stopped connector waits, and goes on when the page resumes it', async () => {
    await fetch(`${stack.connect}/connectors/outbox-relay/stop`, { method: 'PUT' });
    await shows('#banner', 'connector is STOPPED');
    const { body } = await shop.placeOrder([{ productId: 1, quantity: 1, price: 5 }]);
    await open(`#/order/${Number(body.id)}`);
    await chainIs(['ok', 'ok', 'waiting', 'waiting', 'waiting']);
    await panel('waits behind the stopped connector');
    await page.keyboard.press('Escape');
    await page.locator('#resume').click();
    await shows('#connector-said', 'told to resume');
    await chainBecomes(Number(body.id), ['ok', 'ok', 'ok', 'ok', 'ok']);
    await page.keyboard.press('Escape');
    await until(async () => expect(await page.locator('#resume').isVisible()).toBe(false), soonMs);
    await shows('#freshness', /Live/);
    await page.locator('#restart').click();
    await shows('#connector-said', 'told to restart');
  });
});

describe('a parked event', () => {
  const park = async (key: string): Promise<void> => {
    const producer = createKafka(
      { brokers: [stack.bootstrapServers] },
      { clientId: 'parked' },
    ).producer();
    await producer.connect();
    const headers = { id: 'no-uuid', eventType: 'OrderCreated', aggregateVersion: '1' };
    await producer.send({
      topic: 'order-events',
      messages: [{ key, value: '{"orderId": 77, "is": "wrong"}', headers }],
    });
    await producer.disconnect();
  };

  test('makes the page say incomplete, not stale, and is shown with what it says and why', async () => {
    await park('77');
    await shows('#freshness', /Incomplete/);
    await shows('#banner', '1 parked event is missing');
    await shows('[data-hop=views] .state', /^Incomplete$/);
    expect(await page.evaluate("document.body.classList.contains('stale')")).toBe(false);
    await page.locator('#checks a').click();
    await titled('Parked events');
    await page.locator('#panel summary').click();
    await shows('#panel pre', '"is": "wrong"');
    await shows('#panel .parked', 'order 77');
  });

  test('is redriven, which says that it is as bad as before, and discarded for a reason', async () => {
    await open('#/parked');
    await page.getByRole('button', { name: 'Redrive' }).click();
    await shows('#panel .parked [role=status]', 'It still cannot be applied');
    const discard = page.getByRole('button', { name: 'Discard' });
    await discard.click();
    expect(await textOf('#panel .parked [role=status]')).toContain('still');
    await page.locator('#panel input').fill('a test has written it');
    await discard.click();
    await shows('#panel .parked [role=status]', 'It is discarded.');
    await page.keyboard.press('Escape');
    await shows('#freshness', /Live/);
    const all = await fetch(`${stack.queryAdmin}/dead-letters?all=true`);
    expect(await all.json()).toEqual([
      expect.objectContaining({
        state: 'discarded',
        settledBy: 'dashboard',
        settledWhy: 'a test has written it',
      }),
    ]);
  });
});

test('events are shown as they come, until they are paused', async () => {
  await open('#/events');
  await titled('Events as they come');
  const place = async (): Promise<number> =>
    Number((await shop.placeOrder([{ productId: 1, quantity: 1, price: 1 }])).body.id);
  const first = await place();
  await shows('#panel .events li', `order ${first} version 1: CREATED`);
  await page.getByRole('button', { name: 'Pause' }).click();
  const second = await place();
  await shows('#tile-orders', /[2-9]|\d\d/);
  expect(await textOf('#panel .events')).not.toContain(`order ${second} `);
  await page.getByRole('button', { name: 'Go on' }).click();
  await shows('#panel .events li', `order ${second} version 1: CREATED`);
});

describe('who does not answer is grey', () => {
  const frozen = async (
    part: 'relay-keeper' | 'query-service',
    work: () => Promise<void>,
  ): Promise<void> => {
    const pid = stack.runningPid(part);
    process.kill(-pid, 'SIGSTOP');
    try {
      await work();
    } finally {
      process.kill(-pid, 'SIGCONT');
    }
    await shows('#freshness', /Live/);
  };
  const hopStates = (): Promise<string[]> =>
    page.evaluate("[...document.querySelectorAll('#hops > li')].map((one) => one.dataset.state)");

  test('the hops that only the relay keeper knows, on the page and in the way of an order', async () => {
    await frozen('relay-keeper', async () => {
      await until(async () => {
        expect(await hopStates()).toEqual([...Array<string>(4).fill('unknown'), 'ok', 'ok']);
      }, soonMs);
      await open('#/order/1');
      await until(async () => expect(await stateOf('Kafka record')).toBe('unknown'), 2 * soonMs);
      await chainIs(['ok', 'unknown', 'unknown', 'unknown', 'unknown']);
      await panel('the relay keeper does not answer');
      await page.keyboard.press('Escape');
    });
  });

  test('all of them, when the query service does not: none is told as it was', async () => {
    await frozen('query-service', async () => {
      await until(async () => expect(await hopStates()).toEqual(Array(6).fill('unknown')), soonMs);
      expect(await textOf('#freshness-text')).toBe('No answer');
    });
  });
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test.each([
    '',
    '#/order/1',
    '#/product/1',
    '#/category/Electronics',
    '#/customer/1',
    '#/products?name=lap',
    '#/parked',
    '#/events',
  ])('"%s" has no fault that axe-core finds, and fits on a phone', async (hash) => {
    await page.emulateMedia({ colorScheme });
    await open(hash);
    if (hash !== '') {
      await until(async () => {
        expect(await page.locator('#panel .panel-body').getAttribute('aria-busy')).toBe(null);
        expect(await textOf('#panel h2')).not.toBe('Reading …');
      }, soonMs);
    }
    await page.evaluate(axe);
    const { violations } = await page.evaluate<AxeResults>('axe.run()');
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    await page.setViewportSize(phone);
    const overflowing = `[document.documentElement, ...document.querySelectorAll('dialog[open], dialog[open] *')]
      .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible')
      .map((one) => one.outerHTML.slice(0, 80))`;
    await until(async () => expect(await page.evaluate(overflowing)).toEqual([]), soonMs);
    await until(async () => {
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(phone.width);
    }, soonMs);
  });

  test('the pages of the API follow', async () => {
    for (const url of [stack.commands, stack.queries]) {
      const docs = await browser.newPage({ colorScheme });
      const refused = complaintsOf(docs, url);
      await docs.goto(`${url}/docs`);
      await docs.locator('.opblock').first().waitFor();
      // Dark text, or bright text.
      const red = await docs.evaluate<number>(
        "Number(getComputedStyle(document.querySelector('.info .title')).color.match(/\\d+/)[0])",
      );
      expect(red > 128).toBe(colorScheme === 'dark');
      expect(refused).toEqual([]);
      await docs.close();
    }
  });
});

describe('what is for operators', () => {
  test('asks for a token with the scope admin, whoever may read the numbers', async () => {
    const issuer = await startTemporaryIssuer();
    const { jwksUrl, issuer: name, audience } = issuer.auth;
    const replica = await startSecondReplica(stack, {
      AUTH_MODE: 'jwt',
      AUTH_JWKS_URL: jwksUrl.href,
      AUTH_ISSUER: name,
      AUTH_AUDIENCE: audience,
      DASHBOARD_FOR_OPERATORS: 'true',
      COMMAND_SERVICE_URL: stack.commands,
    });
    const guarded = await browser.newPage({ viewport: desk });
    const give = async (token: string): Promise<void> => {
      await guarded.locator('#token-form').waitFor({ state: 'visible', timeout: soonMs });
      await guarded.locator('#token').fill(token);
      await guarded.keyboard.press('Enter');
    };
    try {
      for (const [method, path] of [
        ['GET', 'orders'],
        ['GET', 'orders/1'],
        ['GET', 'products'],
        ['GET', 'explain/order/1'],
        ['GET', 'events'],
        ['GET', 'dead-letters'],
        ['POST', 'dead-letters/redrive'],
        ['PUT', 'connector/resume'],
        ['POST', 'connector/restart'],
      ] as const) {
        const url = `${replica.url}/operators/${path}`;
        const token = await issuer.token('analytics:read commands:write');
        const Authorization = `Bearer ${token}`;
        expect([path, (await fetch(url, { method })).status]).toEqual([path, 401]);
        const other = await fetch(url, { method, headers: { Authorization } });
        expect([path, other.status]).toEqual([path, 403]);
      }
      await guarded.goto(replica.url);
      await give(await issuer.token('analytics:read'));
      await shows('#tile-revenue', /\d/, guarded);
      await guarded.evaluate("location.hash = '#/parked'");
      await shows('#token-hint', 'scope admin', guarded);
      await give(await issuer.token('analytics:read'));
      await shows('#token-hint', 'The token lacks the scope admin.', guarded);
      await give(await issuer.token('admin'));
      // The other replica was told to discard it.
      await shows('#panel .panel-body', '1 could not be applied', guarded);
      await guarded.evaluate("location.hash = '#/order/1'");
      await shows('#panel h2', 'Order 1', guarded);
    } finally {
      await guarded.close();
      await replica.stop();
      await issuer.stop();
    }
  });

  test('is not there unless the configuration says so, and the page says that', async () => {
    const replica = await startSecondReplica(stack, { AUTH_MODE: 'none' });
    const plain = await browser.newPage({ viewport: desk });
    try {
      expect((await fetch(`${replica.url}/operators/orders`)).status).toBe(404);
      await plain.goto(`${replica.url}/#/product/1`);
      await shows('#panel .panel-body', 'DASHBOARD_FOR_OPERATORS', plain);
      await plain.keyboard.press('Escape');
      expect(await plain.locator('#connector-actions').isVisible()).toBe(false);
    } finally {
      await plain.close();
      await replica.stop();
    }
  });
});

test('all the while: no error, nothing that the policy forbids, no request to another origin', () => {
  // What a browser says by itself of an answer that is none.
  expect(complaints.filter((text) => !/^Failed to load resource/.test(text))).toEqual([]);
});

// The page: asks once a second, shows what it is told, and says plainly when a number is old, and why.

import { get, send, setToken, TokenNeeded } from './api.js';
import { BarChart } from './charts.js';
import { element, sentence } from './dom.js';
import {
  formatAmount,
  formatClock,
  formatCount,
  formatMinute,
  formatMoment,
  formatRate,
  formatSeconds,
  iso,
} from './format.js';
import { startPanel } from './panel.js';
import {
  causeOf,
  renderChecks,
  renderFaults,
  renderPipeline,
  summaryOf,
  unanswered,
} from './pipeline.js';
import { hourMs, Range } from './range.js';
import { settings } from './settings.js';

const everyMs = 1_000;
/** Without an answer for so long, what stands on the page is called old. */
const lostAfterMs = 2_500;
/** Without a change, sales are asked for again this often: hours and minutes go by. */
const refreshMs = 10_000;
/** A long time takes long to add up: it is asked for once in so many times what it took. */
const restFactor = 10;
const minuteMs = 60_000;
const shownMinutes = 30;

const find = (id) => document.getElementById(id);
const charts = {
  sales: new BarChart(find('sales-over-time'), {
    title: 'Sales',
    note: 'By the hour in which an order was placed; cancelled orders are taken out.',
    series: '--series-1',
    term: 'Hour',
    measure: 'Sales',
    money: true,
  }),
  minutes: new BarChart(find('orders-per-minute'), {
    title: 'Orders per minute',
    series: '--series-2',
    term: 'Minute',
    measure: 'Orders',
    money: false,
  }),
  categories: new BarChart(find('categories'), {
    title: 'Revenue by category',
    note: 'Of all time.',
    horizontal: true,
    series: '--series-4',
    term: 'Category',
    measure: 'Revenue',
    money: true,
  }),
  products: new BarChart(find('top-products'), {
    title: 'Top products',
    note: 'By sales.',
    horizontal: true,
    series: '--series-3',
    term: 'Product',
    measure: 'Sales',
    money: true,
  }),
};

let pipeline;
let answeredAt = performance.now();
let failure = null;
let shown = { changes: undefined, at: 0, took: 0, range: '' };
let isAsking = false;

/** Links that every number on the page leads by. */
const made = ({ start, end }) => `#/sales?from=${start}&to=${end}`;

async function tick() {
  if (isAsking) return;
  isAsking = true;
  try {
    pipeline = await get('api/pipeline');
    answeredAt = performance.now();
    failure = null;
    document.body.classList.remove('loading');
    showPipeline(pipeline.hops);
    if (isDue()) await showSales(pipeline.changes);
    forgetToken('api/');
  } catch (error) {
    failure = error.message;
    if (error instanceof TokenNeeded) askForToken(error, tick);
  } finally {
    isAsking = false;
    showFreshness();
  }
}

function isDue() {
  const since = performance.now() - shown.at;
  if (shown.range !== range.name) return true;
  return (
    since > refreshMs || (shown.changes !== pipeline.changes && since > restFactor * shown.took)
  );
}

function showPipeline(hops) {
  renderPipeline(find('hops'), hops, announce);
  renderFaults(find('faults'), hops);
  renderChecks(find('checks'), pipeline);
  find('pipeline-summary').textContent = summaryOf({ ...pipeline, hops });
  find('tile-rate').textContent = formatRate(hops.at(-1).rate ?? 0);
  const connector = hops.find(({ name }) => name === 'connector');
  find('resume').hidden = !connector.reasons.some((reason) => /is (PAUSED|STOPPED)/.test(reason));
}

/** Each chart by itself: what one cannot be told does not hold up the others. */
async function showSales(changes) {
  const began = performance.now();
  const { name, bounds } = range;
  const period = `start=${iso(bounds.start)}&end=${iso(bounds.end)}`;
  const results = await Promise.allSettled([
    get(`api/analytics/sales-over-time?${period}`).then((windows) => showHours(windows, bounds)),
    get('api/analytics/orders-per-minute').then(showMinutes),
    get('api/analytics/categories').then(showCategories),
    get(`api/analytics/top-products?${period}&limit=8`).then((products) =>
      showProducts(products, bounds),
    ),
  ]);
  const failed = results.find(({ status }) => status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  find('revenue-term').textContent = `Revenue, ${name}`;
  find('units-term').textContent = `Units sold, ${name}`;
  charts.sales.entitle(`Sales, ${name}`);
  charts.products.entitle(`Top products, ${name}`);
  shown = { changes, at: performance.now(), took: performance.now() - began, range: name };
}

function showCategories(categories) {
  charts.categories.show(
    categories.slice(0, 8).map(({ category, totalRevenue }) => ({
      label: shortened(category),
      name: category,
      value: totalRevenue,
      href: `#/category/${encodeURIComponent(category)}`,
    })),
  );
}

function showProducts(products, { start, end }) {
  charts.products.show(
    products.map(({ productId, name, totalSales }) => {
      const title = name ?? `Product ${productId}`;
      const href = `#/product/${productId}?from=${start}&to=${end}`;
      return { label: shortened(title), name: title, value: totalSales, href };
    }),
  );
}

function showHours(windows, bounds) {
  const byStart = new Map(windows.map((window) => [Date.parse(window.windowStart), window]));
  const hours = (bounds.end - bounds.start) / hourMs;
  const points = Array.from({ length: hours }, (_, i) => {
    const start = bounds.start + i * hourMs;
    return {
      label: hours > 24 ? formatMoment(start) : formatMinute(start),
      name: formatMoment(start),
      value: byStart.get(start)?.totalSales ?? 0,
      href: made({ start, end: start + hourMs }),
    };
  });
  charts.sales.show(points);
  find('tile-revenue').textContent = formatAmount(sum(windows, ({ totalSales }) => totalSales));
  find('tile-units').textContent = formatCount(sum(windows, ({ units }) => units));
  for (const id of ['tile-revenue', 'tile-units']) find(id).href = made(bounds);
}

function showMinutes({ since, minutes }) {
  const orders = new Map(minutes.map((one) => [Date.parse(one.minute), one.orders]));
  const last = Math.max(...orders.keys());
  const recent = Array.from({ length: shownMinutes }, (_, i) => {
    const minute = last - (shownMinutes - 1 - i) * minuteMs;
    return {
      label: formatMinute(minute),
      value: orders.get(minute) ?? 0,
      href: `#/minute/${minute}`,
    };
  });
  charts.minutes.note.textContent = `By arrival, counted since ${formatMinute(since)}; the last one is under way.`;
  charts.minutes.show(recent);
  find('tile-orders').textContent = formatCount(recent.at(-1).value);
  find('tile-orders').href = recent.at(-1).href;
}

/** What is to be known of the numbers, in one sentence and a word; null: they are as they should be. */
function whyNot() {
  if (performance.now() - answeredAt > lostAfterMs) {
    const text = `Nothing is known of now: ${failure ?? 'the query service does not answer'}.`;
    return { state: 'unknown', word: 'No answer', isOld: true, text };
  }
  if (failure !== null) {
    return {
      state: 'broken',
      word: 'Stale',
      isOld: true,
      text: `Some numbers are old: ${failure}.`,
    };
  }
  if (pipeline === undefined) return null;
  const { asOf, stale, hops, standstill } = pipeline;
  const cause = causeOf(pipeline);
  const views = hops.at(-1);
  if (stale === null) {
    const word = stateWords[views.facts.state];
    if (views.state !== 'ok') {
      return { state: views.state, word: word ?? 'Behind', text: views.reasons[0] };
    }
    // Not old yet, but about to be.
    return standstill !== null || cause?.state === 'broken'
      ? { state: 'broken', word: 'Stale', text: `No newer numbers come through: ${cause.reason}` }
      : null;
  }
  const why = cause === undefined ? '' : `: ${cause.reason}`;
  return asOf === null
    ? {
        state: 'waiting',
        word: 'Unknown',
        text: `How fresh the numbers are is not known yet${why}`,
      }
    : {
        ...{ state: 'broken', word: 'Stale', isOld: true },
        text: `The numbers stand still since ${formatClock(asOf)}${why}`,
      };
}

/** What the service says of its views, where that is not `current`. */
const stateWords = {
  incomplete: 'Incomplete',
  untrusted: 'Not to be trusted',
  'catching-up': 'Catching up',
};

function showFreshness() {
  const why = whyNot();
  if (why?.word === 'No answer' && pipeline !== undefined) showPipeline(unanswered(pipeline.hops));
  const banner = find('banner');
  document.body.classList.toggle('stale', why?.isOld === true);
  banner.hidden = why === null;
  if (why !== null && banner.dataset.shown !== why.text) {
    banner.dataset.shown = why.text;
    banner.dataset.state = why.state;
    banner.replaceChildren(element('strong', {}, ...sentence(why.text.replace(/\.$/, ''))));
    announce(why.text);
  }
  if (why === null && banner.dataset.shown !== undefined) {
    delete banner.dataset.shown;
    banner.textContent = '';
    announce('The numbers are live again.');
  }
  const asOf = pipeline?.asOf ?? null;
  find('freshness').dataset.state = why?.state ?? (pipeline === undefined ? 'loading' : 'ok');
  find('freshness-text').textContent =
    pipeline === undefined && why === null ? 'Connecting …' : (why?.word ?? 'Live');
  const sinceAnswer = (performance.now() - answeredAt) / 1_000;
  find('age').textContent =
    asOf === null ? '' : `as of ${formatSeconds((pipeline.staleSeconds ?? 0) + sinceAnswer)} ago`;
}

/** For what the token in the form is, and what goes on with it. */
let tokenFor = null;

function askForToken({ message, path, scope }, goOn) {
  const form = find('token-form');
  const isOfOperators = path.startsWith('operators/');
  const wanted = scope ?? (isOfOperators ? 'admin' : 'analytics:read');
  const hint =
    message || `This needs a token with the scope ${wanted}. It is kept in this tab only.`;
  find('token-hint').textContent = hint;
  if (!form.hidden) return;
  tokenFor = { path, goOn };
  form.hidden = false;
  find('token').value = '';
  find('token').focus();
}

/** Takes the form away when what it was asked for is answered. */
function forgetToken(prefix) {
  if (tokenFor?.path.startsWith(prefix)) {
    find('token-form').hidden = true;
    tokenFor = null;
  }
}

find('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  if (tokenFor === null) return;
  const { path, goOn } = tokenFor;
  setToken(path, find('token').value.trim());
  find('token-form').hidden = true;
  tokenFor = null;
  void goOn();
});

find('search').addEventListener('submit', (event) => {
  event.preventDefault();
  const kind = find('search-kind').value;
  const text = find('search-text').value.trim();
  const isId = /^[1-9]\d{0,15}$/.test(text);
  find('search-hint').textContent =
    isId || kind === 'product' ? '' : `${text} is no number of an order or a customer.`;
  if (isId) location.hash = `#/${kind}/${text}`;
  else if (kind === 'product') location.hash = `#/products?${new URLSearchParams({ name: text })}`;
});

/** The connector is told what to do, and the answer stands beside the button. */
function onConnector(id, method, action, does) {
  const button = find(id);
  button.addEventListener('click', async () => {
    const said = find('connector-said');
    button.disabled = true;
    try {
      await send(method, `operators/connector/${action}`);
      said.textContent = `${does}: its hop above says when it runs.`;
    } catch (error) {
      if (error instanceof TokenNeeded) askForToken(error, () => button.click());
      else said.textContent = `${error.message}.`;
    } finally {
      button.disabled = false;
    }
  });
}
onConnector('resume', 'PUT', 'resume', 'The connector is told to resume');
onConnector('restart', 'POST', 'restart', 'The connector is told to restart');
find('connector-actions').hidden = !settings.isForOperators;

const range = new Range(find('range'), () => void tick());
startPanel(find('panel'), askForToken);

function announce(text) {
  find('announcement').textContent = text;
}

const sum = (items, amount) => items.reduce((total, item) => total + amount(item), 0);
const shortened = (text) => (text.length > 22 ? `${text.slice(0, 21)}…` : text);

setInterval(() => void tick(), everyMs);
setInterval(showFreshness, 250);
document.addEventListener('visibilitychange', () => void tick());
void tick();

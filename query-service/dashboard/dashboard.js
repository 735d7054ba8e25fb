// The page: asks once a second, shows what it is told, and says plainly when a number is old, and why.

import { get, setToken, TokenNeeded } from './api.js';
import { BarChart } from './charts.js';
import {
  formatAmount,
  formatClock,
  formatCount,
  formatMinute,
  formatRate,
  formatSeconds,
} from './format.js';
import { causeOf, renderChecks, renderPipeline, summaryOf } from './pipeline.js';

const everyMs = 1_000;
/** Without an answer for so long, what stands on the page is called old. */
const lostAfterMs = 2_500;
/** Without a change, sales are asked for again this often: hours and minutes go by. */
const refreshMs = 10_000;
const hourMs = 3_600_000;
const hours = 24;
const minuteMs = 60_000;
const shownMinutes = 30;

const find = (id) => document.getElementById(id);
const charts = {
  sales: new BarChart(find('sales-over-time'), {
    title: 'Sales over the last 24 hours',
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
    note: 'By sales in the last 24 hours.',
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
let shown = { changes: undefined, at: 0 };
let isAsking = false;

async function tick() {
  if (isAsking) return;
  isAsking = true;
  try {
    pipeline = await get('api/pipeline');
    answeredAt = performance.now();
    failure = null;
    find('token-form').hidden = true;
    document.body.classList.remove('loading');
    showPipeline();
    const isDue = performance.now() - shown.at > refreshMs || shown.changes !== pipeline.changes;
    if (isDue) await showSales(pipeline.changes);
  } catch (error) {
    failure = error.message;
    if (error instanceof TokenNeeded) askForToken(error.message);
  } finally {
    isAsking = false;
    showFreshness();
  }
}

function showPipeline() {
  renderPipeline(find('hops'), pipeline.hops, announce);
  renderChecks(find('checks'), pipeline);
  find('pipeline-summary').textContent = summaryOf(pipeline);
  find('tile-rate').textContent = formatRate(pipeline.hops.at(-1).rate ?? 0);
}

/** Each chart by itself: what one cannot be told does not hold up the others. */
async function showSales(changes) {
  const first = Math.floor(Date.now() / hourMs) * hourMs - (hours - 1) * hourMs;
  const period = `start=${iso(first)}&end=${iso(first + hours * hourMs)}`;
  const results = await Promise.allSettled([
    get(`api/analytics/sales-over-time?${period}`).then((windows) => showHours(windows, first)),
    get('api/analytics/orders-per-minute').then(showMinutes),
    get('api/analytics/categories').then(showCategories),
    get(`api/analytics/top-products?${period}&limit=8`).then(showProducts),
  ]);
  const failed = results.find(({ status }) => status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  shown = { changes, at: performance.now() };
}

function showCategories(categories) {
  charts.categories.show(
    categories.slice(0, 8).map(({ category, totalRevenue }) => ({
      label: shortened(category),
      name: category,
      value: totalRevenue,
    })),
  );
}

function showProducts(products) {
  charts.products.show(
    products.map(({ productId, name, totalSales }) => {
      const title = name ?? `Product ${productId}`;
      return { label: shortened(title), name: title, value: totalSales };
    }),
  );
}

function showHours(windows, first) {
  const byStart = new Map(windows.map((window) => [Date.parse(window.windowStart), window]));
  const points = Array.from({ length: hours }, (_, i) => {
    const start = first + i * hourMs;
    return { label: formatMinute(start), value: byStart.get(start)?.totalSales ?? 0 };
  });
  charts.sales.show(points);
  find('tile-revenue').textContent = formatAmount(sum(windows, ({ totalSales }) => totalSales));
  find('tile-units').textContent = formatCount(sum(windows, ({ units }) => units));
}

function showMinutes({ since, minutes }) {
  const orders = new Map(minutes.map((one) => [Date.parse(one.minute), one.orders]));
  const last = Math.max(...orders.keys());
  const recent = Array.from({ length: shownMinutes }, (_, i) => {
    const minute = last - (shownMinutes - 1 - i) * minuteMs;
    return { label: formatMinute(minute), value: orders.get(minute) ?? 0 };
  });
  charts.minutes.note.textContent = `By arrival, counted since ${formatMinute(since)}; the last one is under way.`;
  charts.minutes.show(recent);
  find('tile-orders').textContent = formatCount(recent.at(-1).value);
}

/** Why what stands here may be old, in one sentence; null when it is not. */
function whyStale() {
  if (performance.now() - answeredAt > lostAfterMs) {
    return {
      state: 'broken',
      text: `Connection lost: ${failure ?? 'the query service does not answer'}.`,
    };
  }
  if (failure !== null) return { state: 'broken', text: `Some numbers are old: ${failure}.` };
  if (pipeline === undefined) return null;
  const { asOf, stale, hops } = pipeline;
  const cause = causeOf(pipeline);
  if (stale === null) {
    const views = hops.at(-1);
    if (views.state !== 'ok') return { state: views.state, text: `${views.reasons[0]}.` };
    // Not old yet, but about to be.
    return cause?.state === 'broken'
      ? { state: 'broken', text: `No newer numbers come through: ${cause.reason}.` }
      : null;
  }
  const why = cause === undefined ? '' : `: ${cause.reason}`;
  return asOf === null
    ? { state: 'waiting', text: `How fresh the numbers are is not known yet${why}.` }
    : { state: 'broken', text: `The numbers stand still since ${formatClock(asOf)}${why}.` };
}

function showFreshness() {
  const stale = whyStale();
  const badge = find('freshness');
  const banner = find('banner');
  document.body.classList.toggle('stale', stale !== null);
  banner.hidden = stale === null;
  if (stale !== null && banner.textContent !== stale.text) {
    banner.dataset.state = stale.state;
    banner.replaceChildren(
      Object.assign(document.createElement('strong'), { textContent: stale.text }),
    );
    announce(stale.text);
  }
  if (stale === null && banner.textContent !== '') {
    banner.textContent = '';
    announce('The numbers are live again.');
  }
  const asOf = pipeline?.asOf ?? null;
  badge.dataset.state = stale?.state ?? (pipeline === undefined ? 'loading' : 'ok');
  find('freshness-text').textContent =
    pipeline === undefined && stale === null ? 'Connecting …' : stale === null ? 'Live' : 'Stale';
  const sinceAnswer = (performance.now() - answeredAt) / 1_000;
  find('age').textContent =
    asOf === null ? '' : `as of ${formatSeconds((pipeline.staleSeconds ?? 0) + sinceAnswer)} ago`;
}

function askForToken(hint) {
  const form = find('token-form');
  if (!form.hidden) return;
  if (hint !== '') find('token-hint').textContent = hint;
  form.hidden = false;
  find('token').focus();
}

find('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  setToken(find('token').value.trim());
  find('token-form').hidden = true;
  void tick();
});

function announce(text) {
  find('announcement').textContent = text;
}

const iso = (time) => new Date(time).toISOString();
const sum = (items, amount) => items.reduce((total, item) => total + amount(item), 0);
const shortened = (text) => (text.length > 22 ? `${text.slice(0, 21)}…` : text);

setInterval(() => void tick(), everyMs);
setInterval(showFreshness, 250);
document.addEventListener('visibilitychange', () => void tick());
void tick();

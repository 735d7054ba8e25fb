// One order: what it is, and its way from PostgreSQL to each view.

import { get, TokenNeeded } from './api.js';
import { element, link, sentence, stateMark, table } from './dom.js';
import { formatAmount, formatMoment } from './format.js';
import { addedBy, centsOf, onlyForOperators } from './orders.js';
import { hourMs } from './range.js';
import { settings } from './settings.js';

const words = {
  ok: 'There',
  waiting: 'On its way',
  broken: 'Missing',
  unknown: 'Has not answered',
};
/** How many products of a long order the page follows into the views. */
const mostProducts = 10;

export async function order(id) {
  const title = `Order ${id}`;
  if (!settings.isForOperators) return { title, content: [onlyForOperators] };
  const placed = await get(`operators/orders/${id}`);
  const way = element('div', {}, ...chainOf(id, placed, null, 'is being asked'));
  const views = element('div', {});
  way.done = followWay(id, placed, way, views);
  // Who shows it may be gone by then.
  way.done.catch(() => undefined);
  return {
    title,
    content: [
      element(
        'p',
        {},
        `${placed.status}, placed ${formatMoment(placed.placedAt)} by `,
        link(`#/customer/${placed.customerId}`, `customer ${placed.customerId}`),
        '.',
      ),
      way,
      views,
    ],
  };
}

/** Each replica's chain when it is known, then what that means for the views. */
async function followWay(id, placed, way, views) {
  let chains = [];
  try {
    chains = await get(`operators/explain/order/${id}`);
    const isOneOfMany = chains.length > 1;
    way.replaceChildren(
      ...chains.flatMap((chain) => chainOf(id, placed, chain, null, isOneOfMany)),
    );
  } catch (error) {
    if (error instanceof TokenNeeded) throw error;
    way.replaceChildren(...chainOf(id, placed, null, error.message));
  }
  const isApplied =
    chains.length > 0 && chains.every((chain) => hopsOf(id, chain).at(-1).state === 'ok');
  views.replaceChildren(
    element('h3', {}, 'What it adds to each view'),
    await viewsOf(placed, isApplied),
  );
}

function chainOf(id, placed, chain, failure, isOneOfMany = false) {
  const hops = chain === null ? unknownHops(placed, failure) : hopsOf(id, chain);
  const faults = chain === null ? [] : chain.faults;
  return [
    isOneOfMany ? element('h3', {}, `Its way to ${chain.replica}`) : element('h3', {}, 'Its way'),
    element(
      'ol',
      { class: 'chain' },
      ...hops.map(({ name, state, text }) =>
        element(
          'li',
          { class: 'card', 'data-state': state, 'data-hop': name },
          element('h4', {}, name),
          stateMark(state, words[state]),
          element('p', {}, text),
        ),
      ),
    ),
    ...(chain?.waits
      ? [element('p', { class: 'banner', 'data-state': 'waiting' }, ...sentence(chain.waits))]
      : []),
    ...faults.map(({ what, repair }) =>
      element(
        'p',
        { class: 'banner', 'data-state': 'broken' },
        ...sentence(repair === null ? what : `${what}: ${repair}`),
        / is parked: /.test(what) ? link('#/parked', ' Parked events') : null,
      ),
    ),
  ];
}

/** Its hops, from what `explain` says of its newest version. */
function hopsOf(id, { steps, faults, waits }) {
  const step = steps.filter(({ aggregate }) => aggregate === `order:${id}`).at(-1);
  const version = /^v(\d+)/.exec(step.row)?.[1];
  const away = faults.length > 0 && !waits ? 'broken' : 'waiting';
  const hop = (name, isThere, text) => ({ name, state: isThere ? 'ok' : away, text });
  const isRecorded = step.record !== 'none';
  const hasRow = !/( none|\(purged\))$/.test(step.event);
  const isApplied = step.applied === `v${version}`;
  return [
    hop('PostgreSQL row', step.row !== 'none', step.row),
    // What was read back from Kafka is purged: it was there.
    hop('Outbox row', hasRow || isRecorded, hasRow ? step.event : `${step.event}: no longer kept`),
    hop('Kafka record', isRecorded, step.record),
    hop('Applied version', isApplied, step.applied),
    hop(
      'Views',
      isApplied,
      isApplied ? `count ${step.adds} of it` : `do not have version ${version} yet`,
    ),
  ];
}

const unknownHops = (placed, failure) => [
  { name: 'PostgreSQL row', state: 'ok', text: placed.status },
  ...['Outbox row', 'Kafka record', 'Applied version', 'Views'].map((name) => ({
    ...{ name, state: 'unknown', text: failure },
  })),
];

/** Each number that it is part of, what it adds there, and what stands there now. */
async function viewsOf(placed, isApplied) {
  const start = Math.floor(Date.parse(placed.placedAt) / hourMs) * hourMs;
  const hour = { from: start, to: start + hourMs };
  const ids = [...new Set(placed.items.map(({ productId }) => productId))];
  const products = await Promise.all(
    ids.slice(0, mostProducts).map((one) => get(`operators/products/${one}`)),
  );
  const categories = [...new Set(products.map(({ category }) => category))];
  const addsOf = (isMeant) => addedBy(placed, ({ productId }) => isMeant(productId));
  const rows = [
    ...products.map(({ id, name }) => ({
      href: `#/product/${id}`,
      text: `Sales of ${name}`,
      adds: addsOf((one) => one === id),
      path: `api/analytics/products/${id}/sales`,
      of: ({ totalSales }) => totalSales,
    })),
    ...products.map(({ id, name }) => ({
      href: `#/product/${id}?from=${hour.from}&to=${hour.to}`,
      text: `${name}, ${formatMoment(hour.from)} to ${formatMoment(hour.to)}`,
      adds: addsOf((one) => one === id),
      path: `api/analytics/hourly-sales?${new URLSearchParams({
        ...{ productId: id, start: new Date(hour.from).toISOString() },
        end: new Date(hour.to).toISOString(),
      })}`,
      of: (windows) => windows[0]?.totalSales ?? 0,
    })),
    ...categories.map((name) => ({
      href: `#/category/${encodeURIComponent(name)}`,
      text: `Revenue of ${name}`,
      adds: addsOf((one) => products.some(({ id, category }) => id === one && category === name)),
      path: `api/analytics/categories?${new URLSearchParams({ category: name })}`,
      of: ([row]) => row?.totalRevenue ?? 0,
    })),
    {
      href: `#/customer/${placed.customerId}`,
      text: `Customer ${placed.customerId}`,
      adds: addsOf(() => true),
      path: `api/analytics/customers/${placed.customerId}/totals`,
      of: ({ totalSpent }) => totalSpent,
    },
  ];
  const shown = await Promise.allSettled(rows.map(({ path, of }) => get(path).then(of)));
  const more = ids.length - products.length;
  return element(
    'div',
    {},
    isApplied
      ? null
      : element('p', {}, 'Not yet, or not for sure: it is not applied as it is now.'),
    table(
      'What it adds to each view',
      ['View', 'Adds', 'Shows now'],
      rows.map(({ href, text, adds }, i) => [
        link(href, text),
        formatAmount(adds / 100),
        shown[i].status === 'fulfilled'
          ? formatAmount(centsOf(shown[i].value) / 100)
          : 'nothing yet',
      ]),
    ),
    more > 0 ? element('p', {}, `And ${more} products more.`) : null,
  );
}

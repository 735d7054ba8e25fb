// What a number is made of: products, hours, at last orders.

import { get, getPage } from './api.js';
import { element, link, table } from './dom.js';
import { counted, formatAmount, formatCount, formatMoment, iso } from './format.js';
import { centsOf, onlyForOperators, orderList } from './orders.js';
import { hourMs } from './range.js';
import { settings } from './settings.js';

const periodOf = (query) => ({ from: Number(query.get('from')), to: Number(query.get('to')) });
const asQuery = ({ from, to }) => (from && to ? `?from=${from}&to=${to}` : '');
const inWords = ({ from, to }) => `${formatMoment(from)} to ${formatMoment(to)}`;
/** As many as the service lists. */
const mostProducts = 100;

/** What all products sold in a period. */
export async function sales(_, query) {
  const period = periodOf(query);
  const asked = { start: iso(period.from), end: iso(period.to) };
  const [windows, products] = await Promise.all([
    get(`api/analytics/sales-over-time?${new URLSearchParams(asked)}`),
    get(`api/analytics/top-products?${new URLSearchParams({ ...asked, limit: mostProducts })}`),
  ]);
  const cents = windows.reduce((sum, { totalSales }) => sum + centsOf(totalSales), 0);
  const units = windows.reduce((sum, one) => sum + one.units, 0);
  const isCut = products.length === mostProducts;
  const hour = period.to - period.from === hourMs;
  return {
    title: `Sales, ${inWords(period)}`,
    content: [
      element(
        'p',
        { class: 'verdict' },
        `${formatAmount(cents / 100)} for ${counted(units, 'unit')} of ${isCut ? 'many products, the first of them below' : counted(products.length, 'product')}.`,
      ),
      productTable(
        products.map(({ productId, name, units: sold, totalSales }) => [
          link(`#/product/${productId}${asQuery(period)}`, name ?? `Product ${productId}`),
          formatCount(sold),
          formatAmount(totalSales),
        ]),
        ['Product', 'Units', 'Sales'],
      ),
      hour ? ordersOf(period) : null,
    ],
  };
}

/** What a product sold, in a period or of all time. */
export async function product(id, query) {
  const period = periodOf(query);
  const whole = asQuery(period) === '';
  const [known, total, windows] = await Promise.all([
    settings.isForOperators ? get(`operators/products/${id}`) : null,
    get(`api/analytics/products/${id}/sales`),
    whole ? [] : windowsOf(id, period),
  ]);
  const cents = whole
    ? centsOf(total.totalSales)
    : windows.reduce((sum, { totalSales }) => sum + centsOf(totalSales), 0);
  const category =
    known && link(`#/category/${encodeURIComponent(known.category)}`, known.category);
  return {
    title: known?.name ?? `Product ${id}`,
    content: [
      element(
        'p',
        {},
        `Product ${id}`,
        ...(known ? [' in ', category, `, at ${formatAmount(known.price)} now`] : []),
        `. It sold ${formatAmount(total.totalSales)} in all. `,
        whole ? '' : link(`#/product/${id}`, 'All of its orders'),
      ),
      whole
        ? null
        : element('p', { class: 'verdict' }, `${inWords(period)}: ${formatAmount(cents / 100)}.`),
      windows.length < 2
        ? null
        : table(
            'By hour',
            ['Hour', 'Sales'],
            windows.map(({ windowStart, windowEnd, totalSales }) => [
              link(
                `#/product/${id}${asQuery({ from: Date.parse(windowStart), to: Date.parse(windowEnd) })}`,
                formatMoment(windowStart),
              ),
              formatAmount(totalSales),
            ]),
          ),
      orderList({
        query: {
          productId: id,
          ...(!whole && { placedFrom: iso(period.from), placedTo: iso(period.to) }),
        },
        counts: ({ productId }) => productId === Number(id),
        shown: cents,
      }),
    ],
  };
}

async function windowsOf(id, { from, to }) {
  const asked = new URLSearchParams({ productId: id, start: iso(from), end: iso(to) });
  return get(`api/analytics/hourly-sales?${asked}`);
}

/** What a category sold, by product. */
export async function category(name) {
  const [row] = await get(`api/analytics/categories?${new URLSearchParams({ category: name })}`);
  if (row === undefined) return { title: name, content: ['There is no such category.'] };
  const content = [
    element('p', { class: 'verdict' }, `${formatAmount(row.totalRevenue)}, of all time.`),
  ];
  if (!settings.isForOperators) return { title: name, content: [...content, onlyForOperators] };
  const { items, next } = await getPage(
    `operators/products?${new URLSearchParams({ category: name, limit: 100 })}`,
  );
  const sold = await Promise.all(items.map(({ id }) => get(`api/analytics/products/${id}/sales`)));
  const cents = sold.reduce((sum, { totalSales }) => sum + centsOf(totalSales), 0);
  const isAll = next === null;
  return {
    title: name,
    content: [
      ...content,
      element(
        'p',
        {},
        isAll && cents === centsOf(row.totalRevenue)
          ? `Its ${counted(items.length, 'product')} sold as much together.`
          : `The ${isAll ? '' : 'first '}${formatCount(items.length)} products sold ${formatAmount(cents / 100)}${isAll ? ': sales go on while this is read' : ''}.`,
      ),
      productTable(
        items
          .map((one, i) => ({ ...one, totalSales: sold[i].totalSales }))
          .sort((a, b) => b.totalSales - a.totalSales)
          .map(({ id, name: called, totalSales }) => [
            link(`#/product/${id}`, called),
            formatAmount(totalSales),
          ]),
        ['Product', 'Sales'],
      ),
      orderList({
        query: { category: name },
        counts: ({ productId }) => items.some(({ id }) => id === productId),
      }),
    ],
  };
}

/** What a customer has ordered. */
export async function customer(id) {
  const totals = await get(`api/analytics/customers/${id}/totals`);
  return {
    title: `Customer ${id}`,
    content: [
      element(
        'p',
        { class: 'verdict' },
        `${formatAmount(totals.totalSpent)} for ${counted(totals.orders, 'order')} not cancelled.`,
      ),
      orderList({ query: { customerId: id }, shown: centsOf(totals.totalSpent) }),
    ],
  };
}

/** The orders of a minute: the view counts by arrival, so they may be others. */
export function minute(start) {
  const from = Number(start);
  return {
    title: `Orders placed at ${formatMoment(from)}`,
    content: [
      element(
        'p',
        {},
        'The bar counts orders by their arrival in the views; these are the ones that were placed in that minute.',
      ),
      ordersOf({ from, to: from + 60_000 }),
    ],
  };
}

/** Products by what their names have in them. */
export async function products(_, query) {
  const name = query.get('name') ?? '';
  if (!settings.isForOperators) return { title: `Products “${name}”`, content: [onlyForOperators] };
  const { items, next } = await getPage(
    `operators/products?${new URLSearchParams({ name, limit: 100 })}`,
  );
  return {
    title: `Products “${name}”`,
    content: [
      element(
        'p',
        {},
        items.length === 0
          ? 'No product has that in its name.'
          : `${formatCount(items.length)}${next === null ? '' : ' and more'} have that in their name.`,
      ),
      productTable(
        items.map((one) => [
          link(`#/product/${one.id}`, one.name),
          link(`#/category/${encodeURIComponent(one.category)}`, one.category),
          formatAmount(one.price),
        ]),
        ['Product', 'Category', 'Price'],
      ),
    ],
  };
}

const ordersOf = ({ from, to }) =>
  orderList({ query: { placedFrom: iso(from), placedTo: iso(to) }, counts: () => true });

const productTable = (rows, heads) => (rows.length === 0 ? null : table('Products', heads, rows));

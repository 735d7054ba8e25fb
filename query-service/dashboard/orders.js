// Orders that stand behind a number, page by page, and what they add up to.

import { getPage, TokenNeeded } from './api.js';
import { element, link, table } from './dom.js';
import { formatAmount, formatCount, formatMoment } from './format.js';
import { settings } from './settings.js';

/** Pages that are read before somebody asks for more. */
const pagesAtOnce = 3;
const pageSize = 100;

/** Money in JSON, as whole cents. */
export const centsOf = (amount) => Math.round(amount * 100);

/** What an order adds to a total: its lines that `counts` lets pass; nothing when it is cancelled. */
export function addedBy(order, counts = () => true) {
  if (order.status === 'CANCELLED') return 0;
  return order.items
    .filter(counts)
    .reduce((cents, { price, quantity }) => cents + centsOf(price) * quantity, 0);
}

/**
 * @param query of `GET /api/orders`
 * @param counts which of their lines the number is of
 * @param shown what the view shows, in cents, when its number is exactly that of these orders; null: it is not
 */
export function orderList({ query, counts, shown = null }) {
  const section = element('section', {}, element('h3', {}, 'Orders'));
  if (!settings.isForOperators) {
    section.append(element('p', {}, onlyForOperators));
    return section;
  }
  const orders = [];
  const content = element('div', {}, element('p', { class: 'muted' }, 'Reading …'));
  section.append(content);
  const parameters = new URLSearchParams({ ...query, limit: pageSize });
  const read = async (path) => {
    let next = path;
    for (let page = 0; page < pagesAtOnce && next !== null; page++) {
      const { items, next: more } = await getPage(next);
      orders.push(...items);
      next = more;
    }
    show(next);
  };
  const show = (next) => {
    const rows = orders.map((order) => [
      idLink('order', order.id),
      formatMoment(order.placedAt),
      idLink('customer', order.customerId),
      order.status,
      formatAmount(addedBy(order, counts) / 100),
    ]);
    const sum = orders.reduce((cents, order) => cents + addedBy(order, counts), 0);
    content.replaceChildren(
      element('p', { class: 'verdict' }, verdict(orders.length, sum, next, shown)),
      rows.length === 0
        ? ''
        : table('Orders', ['Order', 'Placed', 'Customer', 'Status', 'Adds'], rows),
    );
    if (next === null) return;
    const more = element('button', { type: 'button', class: 'quiet' }, 'Read more orders');
    more.addEventListener('click', () => {
      more.disabled = true;
      void read(next).catch(fail);
    });
    content.append(more);
  };
  const fail = (error) => content.replaceChildren(element('p', {}, `${error.message}.`));
  section.done = read(`operators/orders?${parameters}`).catch((error) => {
    fail(error);
    if (error instanceof TokenNeeded) throw error;
  });
  // Who shows the list may be gone by then.
  section.done.catch(() => undefined);
  return section;
}

/** A number alone, where the column's head says of what; aloud it is said with the number. */
const idLink = (kind, id) => {
  const made = link(`#/${kind}/${id}`, String(id));
  made.setAttribute('aria-label', `${kind} ${id}`);
  return made;
};

export const onlyForOperators =
  'Orders are shown to operators only: this page is not for them (DASHBOARD_FOR_OPERATORS).';

function verdict(count, cents, next, shown) {
  const many = count === 1 ? '1 order adds' : `${formatCount(count)} orders add`;
  const sum = formatAmount(cents / 100);
  if (next !== null) return `The first ${many} up to ${sum}; there are more.`;
  if (shown === null) return `${many} up to ${sum}.`;
  if (shown === cents) return `${many} up to ${sum}, as the view shows.`;
  return (
    `${many} up to ${sum}; the view shows ${formatAmount(shown / 100)}. ` +
    'Events may be on their way: an order shows where its own stands.'
  );
}

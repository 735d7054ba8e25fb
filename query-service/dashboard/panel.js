// What stands behind the page's links: one panel, whose address says what it shows.

import { TokenNeeded } from './api.js';
import { element } from './dom.js';
import { category, customer, minute, product, products, sales } from './numbers.js';
import { order } from './order.js';
import { parked } from './parked.js';
import { events } from './stream.js';

/** By the first word of the address: what shows the rest of it. */
const shows = { category, customer, events, minute, order, parked, product, products, sales };

/**
 * Shows what the address asks for, now and whenever it is another.
 *
 * @param dialog an empty <dialog>
 * @param askForToken called when it needs one
 */
export function startPanel(dialog, askForToken) {
  const heading = element('h2', { id: 'panel-heading', tabIndex: -1 });
  const close = element('button', { type: 'button', class: 'quiet' }, 'Close');
  const body = element('div', { class: 'panel-body' });
  dialog.append(element('div', { class: 'section-head' }, heading, close), body);
  close.addEventListener('click', () => dialog.close());
  // A click beside it is one on the dialog itself.
  dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener('close', () => {
    // It may have been opened again since.
    if (!dialog.open && location.hash !== '')
      history.pushState(null, '', location.pathname + location.search);
  });

  let present = 0;
  const show = async () => {
    const mine = ++present;
    const [, word, rest = '', query = ''] =
      /^#\/(\w+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(location.hash) ?? [];
    if (!Object.hasOwn(shows, word ?? '')) {
      if (dialog.open) dialog.close();
      return;
    }
    if (!dialog.open) dialog.showModal();
    heading.textContent = 'Reading …';
    body.replaceChildren();
    body.setAttribute('aria-busy', 'true');
    const isShown = () => mine === present && dialog.open;
    try {
      const shown = await shows[word](
        decodeURIComponent(rest),
        new URLSearchParams(query),
        isShown,
      );
      if (!isShown()) return;
      heading.textContent = shown.title;
      body.replaceChildren(...shown.content.filter((part) => part !== null));
      heading.focus();
      // Orders come after what they are of; a token may be wanted only for them.
      await Promise.all(shown.content.map((part) => part?.done));
    } catch (error) {
      if (!isShown()) return;
      if (error instanceof TokenNeeded) {
        const { hash } = location;
        dialog.close();
        askForToken(error, () => (location.hash = hash));
        return;
      }
      if (heading.textContent === 'Reading …') heading.textContent = 'No answer';
      body.append(element('p', {}, `${error.message}.`));
    } finally {
      body.removeAttribute('aria-busy');
    }
  };
  addEventListener('hashchange', () => void show());
  void show();
}

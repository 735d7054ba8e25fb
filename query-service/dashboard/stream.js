// The events as they come into the views, newest first, until somebody pauses them.

import { get } from './api.js';
import { element, link } from './dom.js';
import { formatClock } from './format.js';
import { onlyForOperators } from './orders.js';
import { settings } from './settings.js';

const everyMs = 1_000;
const mostShown = 100;

/** @param isShown whether the panel still shows it: it stops asking when it does not */
export async function events(_, __, isShown) {
  const title = 'Events as they come';
  if (!settings.isForOperators) return { title, content: [onlyForOperators] };
  let last = 0;
  let isPaused = false;
  const list = element('ol', { class: 'events', 'aria-label': title });
  const state = element('p', { class: 'muted', role: 'status' });
  const pause = element('button', { type: 'button', 'aria-pressed': 'false' }, 'Pause');
  pause.addEventListener('click', () => {
    isPaused = !isPaused;
    pause.setAttribute('aria-pressed', String(isPaused));
    pause.textContent = isPaused ? 'Go on' : 'Pause';
    if (isPaused) state.textContent = 'Paused. What comes meanwhile is shown when you go on.';
    else void look();
  });
  const look = async () => {
    if (isPaused) return;
    const news = await get(`operators/events?after=${last}`);
    if (isPaused) return;
    last = news.at(-1)?.number ?? last;
    list.prepend(...news.map(line).reverse());
    while (list.children.length > mostShown) list.lastElementChild.remove();
    state.textContent = list.children.length === 0 ? 'None since the query service started.' : '';
  };
  await look();
  const timer = setInterval(() => {
    if (!isShown()) clearInterval(timer);
    else if (!document.hidden) {
      look().catch((error) => (state.textContent = `No newer ones: ${error.message}.`));
    }
  }, everyMs);
  return {
    title,
    content: [
      element(
        'p',
        {},
        'Each event as it was read, whether it changed a number or was known already. ',
      ),
      element('p', { class: 'row' }, pause, state),
      list,
    ],
  };
}

function line({ at, aggregate, version, is, record }) {
  const [kind, id] = aggregate.split(':');
  return element(
    'li',
    {},
    element('time', {}, formatClock(at)),
    ' ',
    link(`#/${kind}/${id}`, `${kind} ${id}`),
    ` version ${version}: ${is} `,
    element('span', { class: 'muted' }, record),
  );
}

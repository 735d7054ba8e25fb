// Events that could not be applied: what they say, why they are parked, and what ends that.

import { get, getPage, send } from './api.js';
import { element, link, table } from './dom.js';
import { formatCount, formatMoment } from './format.js';
import { onlyForOperators } from './orders.js';
import { settings } from './settings.js';

const pageSize = 20;

export async function parked() {
  const title = 'Parked events';
  if (!settings.isForOperators) return { title, content: [onlyForOperators] };
  const { items, next } = await getPage(`operators/dead-letters?limit=${pageSize}`);
  return {
    title,
    content: [
      element(
        'p',
        {},
        items.length === 0
          ? 'None: every event that was read is in the views.'
          : `${formatCount(items.length)}${next === null ? '' : ' and more'} could not be applied, so the numbers are incomplete. ` +
              'Redrive one once its cause is gone. Discard it when nothing is missing without it, and say why.',
      ),
      ...items.map(letter),
    ],
  };
}

function letter({ record, aggregate, version, reason, parkedAt }) {
  const path = `operators/dead-letters/${record}`;
  const [kind, id] = aggregate?.split(':') ?? [];
  const said = element('p', { role: 'status' });
  const redrive = element('button', { type: 'button' }, 'Redrive');
  const discard = element('button', { type: 'submit', class: 'quiet' }, 'Discard');
  const why = element('input', {
    required: true,
    name: 'reason',
    id: `why-${record}`,
    autocomplete: 'off',
  });
  const form = element(
    'form',
    { class: 'row' },
    redrive,
    element('label', { for: why.id }, 'Nothing is missing without it, because'),
    why,
    discard,
  );
  const act = async (action, body) => {
    redrive.disabled = discard.disabled = true;
    try {
      const after = await send('POST', `${path}/${action}`, { by: 'dashboard', ...body });
      said.textContent =
        after.state === 'open'
          ? `It still cannot be applied: ${after.reason}.`
          : `It is ${after.state}.`;
      if (after.state !== 'open') return;
    } catch (error) {
      said.textContent = `${error.message}.`;
    }
    redrive.disabled = discard.disabled = false;
  };
  redrive.addEventListener('click', () => void act('redrive', {}));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void act('discard', { reason: why.value });
  });
  const payload = element('details', {}, element('summary', {}, 'What it says'));
  payload.addEventListener('toggle', () => void showPayload(payload, path), { once: true });
  return element(
    'article',
    { class: 'card parked', 'data-state': 'broken' },
    element('h3', {}, record),
    element('p', {}, `${reason}.`),
    element(
      'p',
      { class: 'muted' },
      kind === 'order' || kind === 'product'
        ? link(`#/${kind}/${id}`, `${kind} ${id}`)
        : 'It does not say of what it is',
      version === null ? '' : `, version ${version}`,
      `, parked ${formatMoment(parkedAt)}`,
    ),
    payload,
    form,
    said,
  );
}

async function showPayload(details, path) {
  try {
    const { headers, value, key } = await get(path);
    details.append(
      table(
        'Headers',
        ['Header', 'Value'],
        [
          ['key', key ?? 'none'],
          ...Object.entries(headers).map(([name, text]) => [name, String(text)]),
        ],
      ),
      element('pre', { tabIndex: 0, role: 'region', 'aria-label': 'Payload' }, pretty(value)),
    );
  } catch (error) {
    details.append(element('p', {}, `${error.message}.`));
  }
}

function pretty(value) {
  if (value === null) return 'no payload';
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}

// Elements, made in one place: text is text, never markup.

/**
 * @param options properties of the element; `class`, `data-…`, `aria-…`, `role`, `scope` and `for` are attributes
 * @param children elements or texts; null: none
 */
export function element(name, options = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(options)) {
    if (/^(class|role|scope|for|data-|aria-)/.test(key)) made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

export const link = (href, text) => element('a', { href }, text);

/** A table in a frame that scrolls by itself, also by the keyboard. @param rows cells: elements or texts */
export function table(name, heads, rows) {
  const cell = (tag) => (content) => element(tag, tag === 'th' ? { scope: 'col' } : {}, content);
  const head = element('tr', {}, ...heads.map(cell('th')));
  const body = rows.map((cells) => element('tr', {}, ...cells.map(cell('td'))));
  const scroll = element('div', {
    class: 'scroll',
    role: 'region',
    'aria-label': name,
    tabIndex: 0,
  });
  scroll.append(element('table', {}, element('thead', {}, head), element('tbody', {}, ...body)));
  return scroll;
}

/** A button that copies a command. */
export function copyButton(text) {
  const button = element('button', { type: 'button', class: 'quiet' }, 'Copy');
  button.setAttribute('aria-label', `Copy: ${text}`);
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
    } catch {
      // The browser lets only pages by https or localhost do it.
      button.textContent = 'Select and copy it';
    }
  });
  return button;
}

/** A sentence, and the command that it ends with to be copied. */
export function sentence(text) {
  const [, before, command] =
    /^(.*?)((?:npm run|npm start|docker compose|curl|kafka-\w+\.sh) .*)$/s.exec(text) ?? [];
  if (command === undefined) return [`${text}.`];
  return [before, element('code', {}, command), ' ', copyButton(command)];
}

/** A state as a shape and a word. */
export const stateMark = (state, word) =>
  element(
    'p',
    { class: 'state', 'data-state': state },
    element('span', { class: 'mark', 'aria-hidden': 'true' }),
    word,
  );

// The time range of the sales on the page: whole UTC hours, as the views have them.

export const hourMs = 3_600_000;
/** As many as the service adds up at once. */
const mostHours = 168;

const names = { hour: 'this hour', day: 'last 24 hours', week: 'last 7 days' };
const hoursOf = { hour: 1, day: 24, week: mostHours };

/**
 * @param form with the radio buttons `range` and the fields `from` and `to`
 * @param onChange called when another range was chosen
 */
export class Range {
  #own = null;
  #kind = 'day';

  constructor(form, onChange) {
    this.form = form;
    const { from, to } = form.elements;
    const own = form.querySelector('#own-range');
    const hint = form.querySelector('#range-hint');
    form.addEventListener('submit', (event) => event.preventDefault());
    form.addEventListener('change', () => {
      const { range } = form.elements;
      own.hidden = range.value !== 'own';
      hint.textContent = '';
      if (range.value !== 'own') {
        this.#kind = range.value;
        onChange();
        return;
      }
      if (from.value === '' || to.value === '') return;
      const start = Math.floor(Date.parse(from.value) / hourMs) * hourMs;
      const end = Math.ceil(Date.parse(to.value) / hourMs) * hourMs;
      if (start >= end) hint.textContent = 'The end must come after the start.';
      else if (end - start > mostHours * hourMs) hint.textContent = 'A week at most.';
      else {
        this.#kind = 'own';
        this.#own = { start, end };
        onChange();
      }
    });
  }

  /** Milliseconds since 1970, the end not included. */
  get bounds() {
    if (this.#kind === 'own') return this.#own;
    const end = Math.floor(Date.now() / hourMs + 1) * hourMs;
    return { start: end - hoursOf[this.#kind] * hourMs, end };
  }

  get name() {
    if (this.#kind !== 'own') return names[this.#kind];
    const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
    return `${format.format(this.#own.start)} to ${format.format(this.#own.end)}`;
  }
}

// The charts, by Chart.js, each with the same numbers as a table.

import { element, link, table } from './dom.js';
import { formatAmount, formatCount, formatShort } from './format.js';

const { Chart } = globalThis;
const calm = matchMedia('(prefers-reduced-motion: reduce)');
const dark = matchMedia('(prefers-color-scheme: dark)');
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;

const all = [];
dark.addEventListener('change', () => all.forEach((chart) => chart.paint()));

/** One figure: title, plot, table. Its numbers come by `show`. */
export class BarChart {
  /**
   * @param figure an empty element
   * @param options `horizontal`: names are long; `series`: the colour's variable; `term`, `measure`: the
   *   table's headings; `money`: amounts, not counts
   */
  constructor(figure, { title, note = '', horizontal = false, series, term, measure, money }) {
    this.options = { title, horizontal, series, money };
    this.format = money ? formatAmount : formatCount;
    this.caption = element('figcaption', {}, title);
    this.note = element('p', { class: 'note' }, note);
    this.canvas = element('canvas', { role: 'img' });
    this.empty = element(
      'p',
      { class: 'empty', hidden: true },
      'Nothing yet. ',
      element('code', {}, 'npm run demo'),
      ' opens a lively shop.',
    );
    this.details = element('details', {}, element('summary', {}, 'As a table'));
    this.heads = [term, measure];
    figure.replaceChildren(
      this.caption,
      this.note,
      element('div', { class: 'plot' }, this.canvas, this.empty),
      this.details,
    );
    this.chart = new Chart(this.canvas, this.configuration());
    all.push(this);
  }

  /** Under another title, such as one that names the time. */
  entitle(title) {
    this.options.title = this.caption.textContent = title;
  }

  /** @param points `{ label, value, name, href }`: the axis's text, the number, the table's text, what it is made of */
  show(points) {
    const [dataset] = this.chart.data.datasets;
    this.chart.data.labels = points.map(({ label }) => label);
    dataset.data = points.map(({ value }) => value);
    this.names = points.map(({ name, label }) => name ?? label);
    this.chart.update();
    this.hrefs = points.map(({ href }) => href);
    this.showTable(points);
    const isEmpty = points.every(({ value }) => value === 0);
    this.empty.hidden = !isEmpty;
    this.canvas.setAttribute('aria-label', this.summary(points, isEmpty));
  }

  /** Made anew only where it says something else: whoever reads it by the keyboard stays where he is. */
  showTable(points) {
    const rows = points.map(({ value, href }, i) => [
      href === undefined ? this.names[i] : link(href, this.names[i]),
      this.format(value),
    ]);
    const text = JSON.stringify([
      this.options.title,
      this.names,
      this.hrefs,
      rows.map(([, value]) => value),
    ]);
    if (text === this.shownTable) return;
    this.shownTable = text;
    const focused = this.details.contains(document.activeElement)
      ? document.activeElement.hash
      : null;
    const made = table(`${this.options.title}, as a table`, this.heads, rows);
    this.scroll?.remove();
    this.details.append((this.scroll = made));
    if (focused) [...made.querySelectorAll('a')].find(({ hash }) => hash === focused)?.focus();
  }

  /** In the colours of the present scheme. */
  paint() {
    const { data, options } = this.configuration();
    Object.assign(this.chart.data.datasets[0], {
      backgroundColor: data.datasets[0].backgroundColor,
    });
    this.chart.options = options;
    this.chart.update('none');
  }

  summary(points, isEmpty) {
    if (isEmpty) return `${this.options.title}: nothing yet`;
    const highest = points.reduce((most, point) => (point.value > most.value ? point : most));
    return `${this.options.title}: ${points.length} bars, the highest ${highest.name ?? highest.label} with ${this.format(highest.value)}. The table below has all.`;
  }

  configuration() {
    const { horizontal, series, money } = this.options;
    const value = {
      beginAtZero: true,
      border: { display: false },
      grid: { color: colour('--grid') },
      ticks: {
        color: colour('--muted'),
        maxTicksLimit: 5,
        callback: (number) => formatShort(number),
        ...(!money && { precision: 0 }),
      },
    };
    const category = {
      border: { color: colour('--line') },
      grid: { display: false },
      ticks: {
        color: colour(horizontal ? '--text' : '--muted'),
        maxRotation: 0,
        autoSkip: !horizontal,
        autoSkipPadding: 12,
      },
    };
    return {
      type: 'bar',
      data: {
        labels: this.chart?.data.labels ?? [],
        datasets: [
          {
            data: this.chart?.data.datasets[0].data ?? [],
            backgroundColor: colour(series),
            borderRadius: 3,
            maxBarThickness: 34,
          },
        ],
      },
      options: {
        indexAxis: horizontal ? 'y' : 'x',
        responsive: true,
        maintainAspectRatio: false,
        animation: calm.matches ? false : { duration: 300 },
        onClick: (_, [bar]) => {
          const href = bar && this.hrefs[bar.index];
          if (href) location.hash = href;
        },
        onHover: ({ native }, [bar]) => {
          native.target.style.cursor = bar && this.hrefs[bar.index] ? 'pointer' : '';
        },
        scales: horizontal ? { x: value, y: category } : { x: category, y: value },
        plugins: {
          legend: { display: false },
          tooltip: {
            displayColors: false,
            callbacks: {
              title: ([item]) => this.names[item.dataIndex],
              label: ({ raw }) => this.format(raw),
            },
          },
        },
      },
    };
  }
}

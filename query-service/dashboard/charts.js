// The charts, by Chart.js, each with the same numbers as a table.

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
    figure.innerHTML = '';
    const caption = make('figcaption', title);
    this.note = make('p', note, 'note');
    const plot = make('div', '', 'plot');
    this.canvas = document.createElement('canvas');
    this.canvas.setAttribute('role', 'img');
    this.empty = make('p', '', 'empty');
    this.empty.hidden = true;
    this.empty.append('Nothing yet. ', make('code', 'npm run demo'), ' opens a lively shop.');
    plot.append(this.canvas, this.empty);
    const details = document.createElement('details');
    const scroll = make('div', '', 'scroll');
    scroll.tabIndex = 0;
    scroll.setAttribute('role', 'region');
    scroll.setAttribute('aria-label', `${title}, as a table`);
    this.table = document.createElement('tbody');
    const table = document.createElement('table');
    const head = document.createElement('thead');
    head.append(row('th', [term, measure]));
    table.append(head, this.table);
    scroll.append(table);
    details.append(make('summary', 'As a table'), scroll);
    figure.append(caption, this.note, plot, details);
    this.chart = new Chart(this.canvas, this.configuration());
    all.push(this);
  }

  /** @param points `{ label, value, name }`: the axis's text, the number, the table's text */
  show(points) {
    const [dataset] = this.chart.data.datasets;
    this.chart.data.labels = points.map(({ label }) => label);
    dataset.data = points.map(({ value }) => value);
    this.names = points.map(({ name, label }) => name ?? label);
    this.chart.update(calm.matches ? 'none' : undefined);
    this.table.replaceChildren(
      ...points.map(({ value }, i) => row('td', [this.names[i], this.format(value)])),
    );
    const isEmpty = points.every(({ value }) => value === 0);
    this.empty.hidden = !isEmpty;
    this.canvas.setAttribute('aria-label', this.summary(points, isEmpty));
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
        animation: { duration: 300 },
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

function row(cell, texts) {
  const made = document.createElement('tr');
  made.append(
    ...texts.map((text) => {
      const one = make(cell, text);
      if (cell === 'th') one.scope = 'col';
      return one;
    }),
  );
  return made;
}

function make(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className !== undefined) made.className = className;
  return made;
}

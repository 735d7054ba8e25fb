// The pipeline as a picture: a card for each hop, in the order of an event's way.

import { element, link, sentence, stateMark } from './dom.js';
import { formatBytes, formatClock, formatCount, formatRate, formatSeconds } from './format.js';

const titles = {
  outbox: 'Outbox',
  slot: 'Replication slot',
  connector: 'Connector',
  topics: 'Topics',
  consumer: 'Consumer',
  views: 'Views',
};
const words = { ok: 'OK', waiting: 'Waiting', broken: 'Not working', unknown: 'Unknown' };

/** Views that lack an event work all the same. */
const wordOf = ({ name, state, facts }) =>
  name === 'views' && state === 'broken' && facts.state === 'incomplete'
    ? 'Incomplete'
    : words[state];

/** The hops while nobody tells about them: what was seen last says nothing about now. */
export const unanswered = (hops) =>
  hops.map((hop) => ({
    ...hop,
    state: 'unknown',
    reasons: ['it has not answered: the query service, which tells of it, does not'],
    rate: null,
    lag: { count: null, seconds: null },
    facts: {},
  }));

/** What is wrong, each with its cure to be copied; made anew only when it is something else. */
export function renderFaults(list, hops) {
  const reasons = [
    ...new Set(hops.filter(({ state }) => state !== 'ok').flatMap((hop) => hop.reasons)),
  ];
  const text = JSON.stringify(reasons);
  if (list.dataset.shown === text) return;
  list.dataset.shown = text;
  list.replaceChildren(...reasons.map((reason) => element('li', {}, ...sentence(reason))));
}

/** Shows these hops, and says so aloud when a state changes. */
export function renderPipeline(list, hops, announce) {
  hops.forEach((hop, index) => {
    const card = list.children[index] ?? list.appendChild(document.createElement('li'));
    const before = card.dataset.state;
    if (before !== undefined && before !== hop.state) {
      announce(`${titles[hop.name]}: ${wordOf(hop)}. ${hop.reasons[0] ?? ''}`);
    }
    card.className = 'card hop';
    card.dataset.hop = hop.name;
    card.dataset.state = hop.state;
    card.title = factsOf(hop);
    card.replaceChildren(
      element('h3', {}, titles[hop.name]),
      stateMark(hop.state, wordOf(hop)),
      numbers(hop),
      ...hop.reasons.slice(0, 2).map((reason) => element('p', { class: 'reason' }, reason)),
    );
  });
}

/** Dead letters and the last comparisons with PostgreSQL. */
export function renderChecks(list, { openDeadLetters, comparisons }) {
  const entries = [['Parked events', link('#/parked', formatCount(openDeadLetters))]];
  for (const one of comparisons ?? []) {
    const many = comparisons.length > 1 ? ` of ${one.replica}` : '';
    entries.push([`Last comparison with PostgreSQL${many}`, comparisonText(one)]);
  }
  if (comparisons === null) {
    entries.push(['Last comparison with PostgreSQL', 'unknown: the relay keeper does not answer']);
  }
  const text = entries.map(([term, content]) => `${term} ${content.textContent ?? content}`).join();
  if (list.dataset.shown === text) return;
  list.dataset.shown = text;
  list.replaceChildren(
    ...entries.map(([term, content]) =>
      element('div', {}, element('dt', {}, term), element('dd', {}, content)),
    ),
  );
}

export function summaryOf(pipeline) {
  if (pipeline.state === 'ok') return 'Every hop does its job.';
  const { hop, reason } = causeOf(pipeline);
  return `${titles[hop]}: ${reason}`;
}

/** Why not all is well: what holds events up, or else the first hop that is worst off; undefined: all is well. */
export function causeOf({ hops, standstill }) {
  if (standstill !== null) {
    const { hop, cause, cure } = standstill;
    return { hop, state: 'broken', reason: cure === null ? cause : `${cause}; ${cure}` };
  }
  const worst =
    hops.find(({ state }) => state === 'broken') ??
    hops.find(({ state }) => state === 'unknown') ??
    hops.find(({ state }) => state !== 'ok');
  if (worst === undefined) return undefined;
  const { name, state, reasons } = worst;
  return { hop: name, state, reason: reasons[0] ?? words[state] };
}

function comparisonText({ at, compared, differences, waiting, trouble }) {
  const found =
    at === null
      ? 'none yet'
      : `${formatClock(at)}, ${formatCount(compared)} aggregates, ${
          differences === 0 ? 'no difference' : `${formatCount(differences)} differences`
        }${waiting === 0 ? '' : `, ${formatCount(waiting)} waiting`}`;
  return trouble === null ? found : `${found} (${trouble})`;
}

/** What this hop counts; what it does not is left out. */
function numbers({ rate, unit, lag }) {
  const list = element('dl');
  const add = (term, value, format) => {
    if (value === null) return;
    list.append(element('div', {}, element('dt', {}, term), element('dd', {}, format(value))));
  };
  add('rate', rate, (value) => `${formatRate(value)} ${unit}/s`);
  if (unit === 'bytes') add('WAL kept', lag.count, formatBytes);
  else add('waiting', lag.count, formatCount);
  add('lag', lag.seconds, formatSeconds);
  return list;
}

const factsOf = ({ facts }) =>
  Object.entries(facts)
    .map(([name, value]) => `${name}: ${value ?? 'unknown'}`)
    .join('\n');

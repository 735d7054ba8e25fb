// Numbers and times as people read them.

const amount = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const minute = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' });

const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

export const formatAmount = (value) => amount.format(value);
export const formatCount = (value) => whole.format(value);
export const formatShort = (value) => short.format(value);
export const formatClock = (iso) => clock.format(new Date(iso));
export const formatMinute = (iso) => minute.format(new Date(iso));
export const formatMoment = (time) => moment.format(new Date(time));

/** `1 order`, `2,000 orders`. */
export const counted = (count, name) => `${formatCount(count)} ${name}${count === 1 ? '' : 's'}`;

/** Seconds as `0.8 s`, `42 s`, `3 min`, `2 h`. */
export function formatSeconds(seconds) {
  if (seconds < 10) return `${tenth.format(seconds)} s`;
  if (seconds < 120) return `${whole.format(seconds)} s`;
  if (seconds < 7_200) return `${whole.format(seconds / 60)} min`;
  return `${whole.format(seconds / 3_600)} h`;
}

/** Bytes as `3.5 KiB`. */
export function formatBytes(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let power = 0;
  while (bytes >= 1_024 && power < units.length - 1) {
    bytes /= 1_024;
    power++;
  }
  return `${power === 0 ? whole.format(bytes) : tenth.format(bytes)} ${units[power]}`;
}

export const iso = (time) => new Date(time).toISOString();

export const formatRate = (perSecond) =>
  perSecond >= 100 ? whole.format(perSecond) : tenth.format(perSecond);

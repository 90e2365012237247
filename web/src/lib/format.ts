/** How figures, days and money are written for people. */
import { computed } from 'vue';
import { language } from './language';

const locale = computed(() => (language.value === 'zh' ? 'zh-CN' : 'en-GB'));

/** A day as milliseconds that are written as they stand: it is the city's, not the browser's. */
function utc(text: string): number {
  const [y, m, d] = text.slice(0, 10).split('-').map(Number);
  return Date.UTC(y ?? 0, (m ?? 1) - 1, d ?? 1);
}
const long = computed(() => new Intl.DateTimeFormat(locale.value, { dateStyle: 'long', timeZone: 'UTC' }));

/** A day "2026-11-26": 2026年11月26日 or 26 November 2026. */
export function day(text: string | null | undefined): string {
  return text ? long.value.format(utc(text)) : '—';
}

/** From a day to a day, what both share written once. */
export function days(from: string | null | undefined, to: string | null | undefined): string {
  if (!from || !to) return `${day(from)} – ${day(to)}`;
  if (language.value === 'en') return long.value.formatRange(utc(from), utc(to));
  const last = day(to);
  if (from.slice(0, 4) !== to.slice(0, 4)) return `${day(from)}至${last}`;
  return `${day(from)}至${last.slice(last.indexOf(from.slice(0, 7) === to.slice(0, 7) ? '月' : '年') + 1)}`;
}

/** A month "2026-11": 2026年11月 or November 2026. */
export function monthOf(text: string | null | undefined): string {
  if (!text) return '—';
  return new Intl.DateTimeFormat(locale.value, { year: 'numeric', month: 'long', timeZone: 'UTC' }).format(utc(text));
}

/** A period "2026", "2026-Q3" or "2026-08": 2026年第三季度 or Q3 2026. */
export function periodOf(text: string | null | undefined): string {
  const [year = '', part] = (text ?? '').split('-');
  if (!part) return year && language.value === 'zh' ? `${year}年` : year || '—';
  const quarter = /^Q([1-4])$/.exec(part)?.[1];
  if (!quarter) return monthOf(text);
  return language.value === 'zh' ? `${year}年第${'一二三四'[Number(quarter) - 1]}季度` : `Q${quarter} ${year}`;
}

/** A time with its offset, shown as that place's wall clock, to the minute. */
export function time(text: string | null | undefined): string {
  if (!text) return '—';
  return `${text.slice(0, 10)} ${text.slice(11, 16)}`;
}

/** Hours and minutes only. */
export function clock(text: string | null | undefined): string {
  return text ? text.slice(11, 16) : '—';
}

export function number(n: number | string | null | undefined, digits = 2): string {
  if (n === null || n === undefined || n === '') return '—';
  return new Intl.NumberFormat(locale.value, { maximumFractionDigits: digits }).format(Number(n));
}

export function percent(share: number | null | undefined, digits = 1): string {
  if (share === null || share === undefined) return '—';
  return new Intl.NumberFormat(locale.value, {
    style: 'percent',
    maximumFractionDigits: digits,
  }).format(share);
}

/** Thousandths as a percentage. */
export function permille(n: number | null | undefined): string {
  return n === null || n === undefined ? '—' : percent(n / 1000);
}

/** An amount in yuan as the API writes it, "12345.67": every digit of it, two decimals at least, its
 * thousands apart. */
export function amount(text: string | null | undefined): string {
  if (!text) return '—';
  const [whole = '', rest = ''] = text.replace(/^-/, '').split('.');
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${text.startsWith('-') ? '-' : ''}¥${apart}${`.${rest.padEnd(2, '0')}`}`;
}

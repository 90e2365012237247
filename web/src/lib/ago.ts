/** How long ago something was, in words. */
import { i18n } from './language';

const minute = 60;
const hour = 3600;
const day = 86400;

export function ago(seconds: number | null | undefined): string {
  const t = i18n.global.t;
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return t('ago.never');
  if (seconds < minute) return t('ago.now');
  if (seconds < hour) return t('ago.minutes', { n: Math.floor(seconds / minute) });
  if (seconds < 2 * day) return t('ago.hours', { n: Math.floor(seconds / hour) });
  return t('ago.days', { n: Math.floor(seconds / day) });
}

/** Seconds between two times of the server; null where there is none. */
export function apart(from: string | null | undefined, to: string): number | null {
  return from ? Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000) : null;
}

export type Freshness = 'fresh' | 'old' | 'stale' | 'never';

/** Figures come every few minutes; an hour without them is a fault, a day a broken feed. */
export function freshness(seconds: number | null | undefined): Freshness {
  if (seconds === null || seconds === undefined) return 'never';
  if (seconds < hour) return 'fresh';
  return seconds < day ? 'old' : 'stale';
}

/** Said besides the colour. */
export const freshMark: Record<Freshness, string> = { fresh: '●', old: '◆', stale: '▲', never: '○' };

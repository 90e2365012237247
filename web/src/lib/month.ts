/** Months of a calendar, counted from year 0; days as texts "2026-11-26": they are the city's. */
import type { Duty } from './duties';

const text = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const begin = (month: number): number => Date.UTC(Math.floor(month / 12), month % 12, 1);

export const firstOf = (month: number): string => text(begin(month));

export const dayAfter = (day: string): string => text(Date.parse(`${day}T00:00:00Z`) + 86_400_000);

/** The weeks of a month, Monday first; undefined where another month is. */
export function daysOf(month: number): (string | undefined)[][] {
  const lead = (new Date(begin(month)).getUTCDay() + 6) % 7;
  const cells: (string | undefined)[] = Array.from({ length: lead }, () => undefined);
  for (let at = begin(month); at < begin(month + 1); at += 86_400_000) cells.push(text(at));
  while (cells.length % 7 !== 0) cells.push(undefined);
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7));
}

/** How a day's duties stand, by the worst of them. */
export type Standing = 'done' | 'missed' | 'open' | 'none';
export function worst(duties: Duty[]): Standing {
  if (duties.some((d) => d.state === 'missed')) return 'missed';
  if (duties.some((d) => d.state === 'open' || d.state === 'reported')) return 'open';
  return duties.some((d) => d.state === 'done') ? 'done' : 'none';
}

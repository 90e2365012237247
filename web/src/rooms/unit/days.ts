/** Days of a calendar, as texts "2026-11-26": a day is the city's, never the browser's. */
import type { components } from '@/api/schema';

export type QuotaRun = components['schemas']['QuotaDays']['items'][number];

export interface Cell {
  day: string;
  date: number;
  run: QuotaRun | undefined;
}

const text = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** The weeks of a month, Monday first; undefined where another month is. */
export function weeksOf(year: number, month: number, runOn: (day: string) => QuotaRun | undefined): (Cell | undefined)[][] {
  const lead = (new Date(Date.UTC(year, month, 1)).getUTCDay() + 6) % 7;
  const length = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const cells: (Cell | undefined)[] = Array.from({ length: lead }, () => undefined);
  for (let date = 1; date <= length; date++) {
    const day = text(Date.UTC(year, month, date));
    cells.push({ day, date, run: runOn(day) });
  }
  while (cells.length % 7 !== 0) cells.push(undefined);
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7));
}

/** A periodic window as it comes: what it adds, and the least that is left while it lasts. */
export interface Window {
  from: string;
  to: string;
  windows: number;
  effective: number;
  free: number;
}

const next = (day: string): string => text(Date.parse(`${day}T00:00:00Z`) + 86400000);

/** Stretches that differ only in what is used belong to one window. */
export function windowsOf(runs: QuotaRun[]): Window[] {
  const found: Window[] = [];
  for (const { from, to, windows, effective, free } of runs) {
    if (windows === 0) continue;
    const last = found[found.length - 1];
    if (last && last.windows === windows && next(last.to) === from) {
      last.to = to;
      last.effective = Math.min(last.effective, effective);
      last.free = Math.min(last.free, free);
    } else found.push({ from, to, windows, effective, free });
  }
  return found;
}

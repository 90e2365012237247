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

/** The stretches of a dimension on which a periodic window adds to its quota. */
export function windowsOf(runs: QuotaRun[]): QuotaRun[] {
  return runs.filter((r) => r.windows !== 0);
}

/** Lists of the API: which operations are pages of rows, and what a row of each holds. */
import type { paths } from '@/api/schema';
import { number } from '@/lib/format';

type Json<R> = R extends { content: { 'application/json': infer B } } ? B : never;
type Get<P extends keyof paths> = paths[P] extends { get: infer G } ? G : never;
type Body<P extends keyof paths> =
  Get<P> extends { responses: { 200: infer R } } ? Json<R> : never;

/** The paths whose GET answers {items, next}. */
export type ListPath = {
  [P in keyof paths]: Body<P> extends { items: unknown[]; next: string | null } ? P : never;
}[keyof paths];

export type RowOf<P extends ListPath> =
  Body<P> extends { items: (infer I)[] } ? I : never;

/** What a list is asked for: filters and sort. */
export type Query = Record<string, string | number | boolean | undefined>;

/** What is kept of a list under a name. */
export interface View {
  columns: string[];
  query: Query;
}

export interface Column<R> {
  /** key of the row, or a path into it: "due.day" */
  key: string;
  /** message key of the heading */
  title: string;
  /** the heading itself, where the pack has it */
  told?: string | undefined;
  /** what `sort` calls it, where the operation can sort by it */
  sort?: string;
  width?: number;
  /** figures stand at the end */
  end?: boolean;
  /** not shown until it is asked for */
  hidden?: boolean;
  /** made by the page, no member of the row: not in files */
  made?: boolean;
  /** the text of a cell; without it the value itself, or a slot named like the key */
  text?: (row: R) => string;
}

export function valueAt(row: unknown, key: string): unknown {
  return key
    .split('.')
    .reduce<unknown>(
      (at, part) =>
        typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[part] : undefined,
      row,
    );
}

/** What a cell says where the page does not say it otherwise. */
export function textOf<R>(column: Column<R>, row: R): string {
  if (column.text) return column.text(row);
  const value = valueAt(row, column.key);
  if (column.end && typeof value === 'number') return number(value, 3);
  return value === null || value === undefined || value === '' ? '—' : String(value);
}

/** Items of an edition from a file, and what the server finds wrong in which of its rows. */
import type { ProblemBody } from '@/api/client';

export type Item = Record<string, unknown>;

/** A JSON document {"items": […]} or the list alone, as an edition is given out; undefined: it is neither. */
export function itemsOf(text: string): Item[] | undefined {
  const whole: unknown = JSON.parse(text);
  const list = Array.isArray(whole) ? whole : (whole as { items?: unknown } | null)?.items;
  return Array.isArray(list) ? (list as Item[]) : undefined;
}

export interface Fault {
  /** place of the row in the list, undefined where it is about the whole */
  row: number | undefined;
  /** member of the item: "tiers/0/price" */
  member: string;
  says: string;
}

interface Told {
  title: string;
  field?: string;
}

export function faultsOf(problem: ProblemBody): Fault[] {
  const several = problem['faults'] as Told[] | undefined;
  return (several ?? [problem]).map(({ title, field }) => {
    const [, row, member = ''] = /^\/items\/(\d+)\/?(.*)$/.exec(field ?? '') ?? [];
    return { row: row === undefined ? undefined : Number(row), member, says: title };
  });
}

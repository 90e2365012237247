/** How each resource of a cloud was used over a window: one cell each, in the row of its unit. */
import { client, ok } from '@/api/client';
import type { components } from '@/api/schema';
import { everyPage, pageSize } from '@/lib/paged';

export type Use = components['schemas']['MeterUtilisationItem'];
export const metrics = ['resource_cpu_usage_ratio'] as const;
export const statistics = ['mean', 'quantile', 'max'] as const;
export type Statistic = (typeof statistics)[number];
export const windows = ['1d', '7d', '30d', '90d'];

const most = 2000;

export interface Heat {
  items: Use[];
  from: string;
  to: string;
  cut: boolean;
}

export async function heatOf(cloud: string | undefined, window: string): Promise<Heat> {
  if (!cloud) return { items: [], from: '', to: '', cut: false };
  const { items, last, cut } = await everyPage((cursor) => {
    const query = { cloud, window, limit: pageSize, cursor };
    return ok(client.GET('/api/v1/meter/utilisation', { params: { query } }));
  }, most);
  return { items, from: last.from, to: last.to, cut };
}

export interface Row {
  unit: string;
  cells: { use: Use; value: number }[];
}

/** Units by their mean, the busiest last (at the top of the chart); in a row the busiest first. */
export function rowsOf(items: Use[], statistic: Statistic): Row[] {
  const units = new Map<string, Row['cells']>();
  for (const use of items) {
    const value = use[statistic];
    if (typeof value !== 'number') continue;
    const cells = units.get(use.unit) ?? [];
    cells.push({ use, value });
    units.set(use.unit, cells);
  }
  const mean = (r: Row): number => r.cells.reduce((sum, c) => sum + c.value, 0) / r.cells.length;
  return [...units]
    .map(([unit, cells]) => ({ unit, cells: cells.sort((a, b) => b.value - a.value) }))
    .sort((a, b) => mean(a) - mean(b));
}

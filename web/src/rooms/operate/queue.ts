/** Open cases by when their step is due. */
import { client, ok } from '@/api/client';
import type { components } from '@/api/schema';
import { everyPage, pageSize } from '@/lib/paged';

export type Case = components['schemas']['CaseListItem'];
export const buckets = ['overdue', 'today', 'soon', 'later', 'none'] as const;
export type Bucket = (typeof buckets)[number];

const most = 1000;
const soonDays = 5;

export function bucketOf(row: Case): Bucket {
  if (!row.due) return 'none';
  if (row.due.overdue) return 'overdue';
  if (row.due.workdays_left === 0) return 'today';
  return row.due.workdays_left <= soonDays ? 'soon' : 'later';
}

export interface Queue {
  rows: Case[];
  /** there are more than are shown */
  cut: boolean;
}

export async function queue(filters: { cloud?: string | undefined; procedure?: string | undefined; body?: string | undefined }): Promise<Queue> {
  const { items, cut } = await everyPage((cursor) => {
    const query = { ...filters, state: 'open' as const, sort: 'due' as const, order: 'asc' as const, limit: pageSize, cursor };
    return ok(client.GET('/api/v1/cases', { params: { query } }));
  }, most);
  return { rows: items, cut };
}

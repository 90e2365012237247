/** A cloud's allocation, all pages of it as far as a screen can hold them. */
import { client, ok } from '@/api/client';
import type { components } from '@/api/schema';
import { everyPage, pageSize } from './paged';

export type AllocationLine = components['schemas']['AllocationListItem'];

const most = 4000;

export async function everyAllocation(
  cloud: string | undefined,
  by: 'unit' | 'sector',
): Promise<{ day: string; items: AllocationLine[] }> {
  if (!cloud) return { day: '', items: [] };
  const { items, last } = await everyPage((cursor) => {
    const query = { cloud, by, limit: pageSize, cursor };
    return ok(client.GET('/api/v1/allocation', { params: { query } }));
  }, most);
  return { day: last.day, items };
}

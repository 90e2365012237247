/** A cloud's allocation, all pages of it as far as a screen can hold them. */
import { client, ok } from '@/api/client';
import type { components } from '@/api/schema';

export type AllocationLine = components['schemas']['AllocationListItem'];

const most = 4000;

export async function everyAllocation(
  cloud: string | undefined,
  by: 'unit' | 'sector',
): Promise<{ day: string; items: AllocationLine[] }> {
  const items: AllocationLine[] = [];
  if (!cloud) return { day: '', items };
  let cursor: string | undefined;
  let day = '';
  do {
    const query = { cloud, by, limit: 200, cursor };
    const page = await ok(client.GET('/api/v1/allocation', { params: { query } }));
    items.push(...page.items);
    day = page.day;
    cursor = page.next ?? undefined;
  } while (cursor && items.length < most);
  return { day, items };
}

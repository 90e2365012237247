/** The inbox read whole, up to a bound: filters and selections are about all of it. */
import { client, ok } from '@/api/client';
import type { RowOf } from '@/parts/list';

export type InboxStep = RowOf<'/api/v1/inbox'>;
export interface Inbox {
  items: InboxStep[];
  /** there is more than was read */
  more: boolean;
}

const pageSize = 200;
const mostPages = 5;

export async function readInbox(): Promise<Inbox> {
  const items: InboxStep[] = [];
  let cursor: string | undefined;
  for (let i = 0; i < mostPages; i++) {
    const query = { limit: pageSize, cursor };
    const page = await ok(client.GET('/api/v1/inbox', { params: { query } }));
    items.push(...page.items);
    if (!page.next) return { items, more: false };
    cursor = page.next;
  }
  return { items, more: true };
}

export const keyOf = (s: InboxStep): string => `${s.id} ${s.step} ${s.role} ${s.waits_for}`;
/** Steps that are decided alike. */
export const alike = (a: InboxStep, b: InboxStep): boolean =>
  a.procedure === b.procedure && a.step === b.step;

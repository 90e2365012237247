/** The inbox read whole, up to a bound: filters and selections are about all of it. */
import { client, ok } from '@/api/client';
import { everyPage, pageSize } from '@/lib/paged';
import type { RowOf } from '@/parts/list';

export type InboxStep = RowOf<'/api/v1/inbox'>;
export interface Inbox {
  items: InboxStep[];
  /** there is more than was read */
  more: boolean;
}

const most = 1000;

export async function readInbox(): Promise<Inbox> {
  const { items, cut } = await everyPage(
    (cursor) => ok(client.GET('/api/v1/inbox', { params: { query: { limit: pageSize, cursor } } })),
    most,
  );
  return { items, more: cut };
}

export const keyOf = (s: InboxStep): string => `${s.id} ${s.step} ${s.role} ${s.waits_for}`;
/** Steps that are decided alike. */
export const alike = (a: InboxStep, b: InboxStep): boolean =>
  a.procedure === b.procedure && a.step === b.step;

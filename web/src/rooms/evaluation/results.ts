/** The results of an evaluation, all of them: their order is by score, which the API's pages are not in. */
import { client, ok } from '@/api/client';
import type { components } from '@/api/schema';
import { everyPage, pageSize } from '@/lib/paged';

export type Result = components['schemas']['Result'];

export async function everyResult(evaluation: string): Promise<Result[]> {
  const { items } = await everyPage((cursor) => {
    const params = { path: { evaluation }, query: { limit: pageSize, cursor } };
    return ok(client.GET('/api/v1/evaluations/{evaluation}/results', { params }));
  }, Infinity);
  return items;
}

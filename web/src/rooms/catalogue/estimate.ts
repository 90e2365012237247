/** What the cart would cost and take, as the server reckons it. */
import { client, ok } from '@/api/client';
import type { components } from '@/api/schema';

export type Estimate = components['schemas']['CatalogueEstimate'];

export function estimate(
  cloud: string,
  project: string | undefined,
  lines: { item: string; quantity: number }[],
): Promise<Estimate> {
  const items = lines.map((l) => ({
    item: l.item,
    configuration: { quantity: String(l.quantity) },
  }));
  return ok(client.POST('/api/v1/catalogue/estimates', { body: { cloud, project, items } }));
}

/** What a choice from the catalogue would cost and take, as the server reckons it. */
import { client, ok } from '@/api/client';
import type { components } from '@/api/schema';

export type Estimate = components['schemas']['CatalogueEstimate'];

/** An item of the catalogue, or by its id what grows to that quantity. */
export interface Chosen {
  item?: string;
  resource?: string;
  quantity: number | string;
}

export function estimate(
  cloud: string,
  project: string | undefined,
  lines: Chosen[],
  caseNo?: string,
): Promise<Estimate> {
  const items = lines.map(({ item, resource, quantity }) => ({
    item,
    resource,
    configuration: { quantity: String(quantity) },
  }));
  return ok(client.POST('/api/v1/catalogue/estimates', { body: { cloud, project, case: caseNo, items } }));
}

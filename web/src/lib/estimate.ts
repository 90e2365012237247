/** What a choice from the catalogue would cost and take, as the server reckons it. */
import { client, ok } from '@/api/client';
import type { components } from '@/api/schema';

export type Estimate = components['schemas']['CatalogueEstimate'];

export interface Chosen {
  item: string;
  quantity: number | string;
  /** what of it runs already */
  running?: number;
}

export function estimate(
  cloud: string,
  project: string | undefined,
  lines: Chosen[],
  caseNo?: string,
): Promise<Estimate> {
  const items = lines.map((l) => ({
    item: l.item,
    configuration: { quantity: String(l.quantity), running: l.running ? String(l.running) : undefined },
  }));
  return ok(client.POST('/api/v1/catalogue/estimates', { body: { cloud, project, case: caseNo, items } }));
}

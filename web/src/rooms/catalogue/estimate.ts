/** What the cart would cost and take, as the server reckons it. */
import { client, ok } from '@/api/client';
import type { ProblemBody } from '@/api/client';

export interface Estimate {
  lines: {
    item: string;
    name: string;
    unit_price: string;
    mode: string;
    metered: boolean;
    monthly: string | null;
  }[];
  monthly: string;
  unpriced: number;
  dimensions: {
    dimension: string;
    dimension_title: string;
    asked: string;
    quota: string | null;
    used: string | null;
    reserved: string | null;
    left: string | null;
    left_after: string | null;
    fits: boolean | null;
  }[];
  within_quota: boolean | null;
  over: ProblemBody | null;
  unit_total: {
    percent: number;
    article: string | null;
    passed: boolean;
    dimensions: {
      dimension: string;
      dimension_title: string;
      quota: string;
      taken: string;
      asked: string;
      limit: string;
      passed: boolean;
    }[];
  } | null;
  decisions: { procedure_title: string; title: string; roles: { title: string }[] }[];
}

type Post = (path: string, init: { body: unknown }) => ReturnType<typeof client.POST>;

export async function estimate(
  cloud: string,
  project: string | undefined,
  lines: { item: string; quantity: number }[],
): Promise<Estimate> {
  const items = lines.map((l) => ({ item: l.item, configuration: { quantity: String(l.quantity) } }));
  const post = client.POST as unknown as Post;
  return (await ok(
    post('/api/v1/catalogue/estimates', { body: { cloud, project, items } }),
  )) as unknown as Estimate;
}

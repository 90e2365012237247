/** Which applications take items of the catalogue: the pack's forms say so. */
import { computed } from 'vue';
import { client, ok } from '@/api/client';
import { keepDraft } from '@/lib/drafts';
import { mayDo } from '@/lib/session';

/** A cart is for those who enter projects of their own. */
export const mayApply = computed(() => mayDo('project.manage'));

export interface Applying {
  procedure: string;
  title: string;
  article: string;
}

function child(at: unknown, ...names: string[]): unknown {
  return names.reduce<unknown>(
    (here, name) =>
      typeof here === 'object' && here !== null
        ? (here as Record<string, unknown>)[name]
        : undefined,
    at,
  );
}

/** A form that takes a list of catalogue items with quantities. */
function takesItems(form: unknown): boolean {
  const row = child(form, 'properties', 'items', 'items', 'properties');
  return child(row, 'item') !== undefined && child(row, 'quantity') !== undefined;
}

export async function applications(): Promise<Applying[]> {
  const all = await ok(client.GET('/api/v1/policy/procedures'));
  const mine = all.items.filter((p) => p.you_may && p.about === 'project');
  const whole = await Promise.all(
    mine.map((p) =>
      ok(
        client.GET('/api/v1/policy/procedures/{procedure}', {
          params: { path: { procedure: p.procedure } },
        }),
      ),
    ),
  );
  return mine.filter((_, i) => takesItems(whole[i]?.form));
}

/** Hands the items over to the form that opens next. */
export function handOver(
  procedure: string,
  project: string,
  items: { item: string; quantity: string }[],
): void {
  keepDraft(procedure, { subject: project, form: { items } });
}

/** What a role for looking only may be limited to. */
import { client, ok } from '@/api/client';
import { mayDo } from '@/lib/session';
import { listed } from '@/lib/joined';

interface Kind {
  kind: string;
  kind_title: string;
}

/** Nothing for whoever grants nothing. */
export async function readerKinds(): Promise<Kind[]> {
  if (!mayDo('grant.manage')) return [];
  return (await ok(client.GET('/api/v1/reader-kinds'))).items;
}

/** A scope in words; a kind that is not known any more by its code. */
export function scopeText(scope: string, kinds: Kind[]): string {
  const titles = new Map(kinds.map((k) => [k.kind, k.kind_title]));
  return listed(scope.split(' ').filter(Boolean).map((kind) => titles.get(kind) ?? kind));
}

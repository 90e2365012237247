/** What a form refers to by number or code, and where that is shown. */
import { pageOf } from '@/lib/pages';
import type { Json, Schema } from '@/parts/SchemaForm/schema';

/** Number or code -> the page that shows it, where one may open that. */
export function referred(schema: Schema | null | undefined, value: Json | undefined): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (s: Schema | undefined, v: Json | undefined): void => {
    if (!s || v === undefined || v === null) return;
    if (Array.isArray(v)) v.forEach((entry) => walk(s.items, entry));
    else if (typeof v === 'object') Object.entries(v).forEach(([name, inner]) => walk(s.properties?.[name], inner));
    else if (typeof v === 'string' && v) {
      const page = pageOf(s['x-ref'], v);
      if (page) found.set(v, page);
    }
  };
  walk(schema ?? undefined, value);
  return found;
}

/** A text in pieces, those that name something with the page that shows it. */
export function pieces(text: string, refs: ReadonlyMap<string, string>): { text: string; to?: string }[] {
  const keys = [...refs.keys()].sort((a, b) => b.length - a.length);
  if (keys.length === 0) return [{ text }];
  const any = new RegExp(`(?<![\\w-])(${keys.map((k) => k.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})(?![\\w-])`);
  return text.split(any).flatMap((part) => {
    const to = refs.get(part);
    return part === '' ? [] : [to ? { text: part, to } : { text: part }];
  });
}

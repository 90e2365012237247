/** What a form refers to by number or code, and where that is shown. */
import { links } from '@/lib/links';
import { mayDo } from '@/lib/session';
import type { Json, Schema } from '@/parts/SchemaForm/schema';

/** the page, and what one must be allowed to do to be let in; those of the law are open to all */
const shown: Partial<Record<string, { to: (key: string) => string; action?: string }>> = {
  article: { to: links.article },
  case: { to: links.case, action: 'case.read' },
  item: { to: links.item, action: 'catalogue.read' },
  project: { to: links.project, action: 'project.read' },
  resource: { to: links.resource, action: 'resource.read' },
};

/** Number or code -> the page that shows it, where one may open that. */
export function referred(schema: Schema | null | undefined, value: Json | undefined): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (s: Schema | undefined, v: Json | undefined): void => {
    if (!s || v === undefined || v === null) return;
    if (Array.isArray(v)) v.forEach((entry) => walk(s.items, entry));
    else if (typeof v === 'object') Object.entries(v).forEach(([name, inner]) => walk(s.properties?.[name], inner));
    else if (typeof v === 'string' && v) {
      const page = shown[s['x-ref'] ?? ''];
      if (page && (!page.action || mayDo(page.action))) found.set(v, page.to(v));
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

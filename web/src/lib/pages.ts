/** What a form or a record refers to by number or code, and where that is shown. */
import { links } from './links';
import { mayDo, mayDoLike } from './session';

/** the page, and what one must be allowed to do to be let in; those of the law are open to all */
const shown: Partial<Record<string, { to: (key: string) => string; may?: () => boolean }>> = {
  article: { to: links.article },
  case: { to: links.case, may: () => mayDo('case.read') },
  item: { to: links.item, may: () => mayDo('catalogue.read') },
  project: { to: links.project, may: () => mayDo('project.read') },
  resource: { to: links.resource, may: () => mayDo('resource.read') },
  record: { to: links.record, may: () => mayDoLike('read.') },
};

/** Undefined where there is none, or it is not for one's eyes. */
export function pageOf(kind: string | undefined, key: string): string | undefined {
  const page = shown[kind ?? ''];
  return page && (page.may?.() ?? true) ? page.to(key) : undefined;
}

/** Where what was found is shown. */
import { links } from '@/lib/links';

const places: Record<string, (no: string) => string> = {
  case: links.case,
  project: links.project,
  resource: links.resource,
  item: links.item,
  organisation: links.org,
  statement: links.statement,
  finding: links.finding,
  evaluation: links.evaluation,
  article: links.article,
  procedure: links.procedure,
  duty: links.duty,
};

export function place(kind: string, no: string): string {
  return places[kind]?.(no) ?? '/';
}

/** What changed between two editions of a report, in words. */
import type { paths } from '@/api/schema';
import { listed } from '@/lib/joined';

type Shown = paths['/api/v1/reports/{report}']['get']['responses'][200]['content']['application/json'];

export interface Change {
  section: string;
  what: string;
  column: string;
  before: string;
  after: string;
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '—';
  return Array.isArray(value) ? listed(value.map(text)) : String(value);
}

export function changesOf(report: Shown): Change[] {
  return report.changes.map((c) => {
    const section = report.sections.find((s) => s.id === c['section']);
    const column = section?.columns.find((x) => x.id === c['column']);
    return {
      section: section?.title ?? text(c['section']),
      what: text(c['key']),
      column: column?.title ?? text(c['column']),
      before: text(c['before']),
      after: text(c['after']),
    };
  });
}

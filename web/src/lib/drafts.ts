/** What was begun and not yet filed, kept in this tab only, for each person
 * apart: forms may hold what is not for others. */
import type { JsonObject } from '@/parts/SchemaForm/schema';
import { session } from './session';

interface Draft {
  subject?: string | undefined;
  title?: string | undefined;
  form: JsonObject;
  /** ids of what was handed in for it */
  documents?: string[] | undefined;
}

const key = (procedure: string): string => `yh-draft-${session.value?.login ?? ''}-${procedure}`;

export function readDraft(procedure: string): Draft | undefined {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key(procedure)) ?? 'null');
    if (typeof kept !== 'object' || kept === null) return undefined;
    const { subject, title, form, documents } = kept as Draft;
    return { subject, title, form: typeof form === 'object' && form !== null ? form : {}, documents };
  } catch {
    return undefined;
  }
}

export function keepDraft(procedure: string, draft: Draft): void {
  try {
    sessionStorage.setItem(key(procedure), JSON.stringify(draft));
  } catch {
    // a full store loses the draft, not the form
  }
}

export function dropDraft(procedure: string): void {
  sessionStorage.removeItem(key(procedure));
}

/** What a case said, for another one to begin with: its documents are handed in anew, for whoever did so before may be
 * another. */
import { client, ok, Problem } from '@/api/client';
import { documentsIn, withDocuments, type JsonObject, type Schema } from '@/parts/SchemaForm/schema';
import type { Case } from './shapes';

/** What keeps one document behind; every other refusal keeps all of them. */
const behind = new Set([
  'label-above',
  'document-unknown',
  'document-coming',
  'document-refused',
  'document-kind-other',
  'document-too-big',
  'document-empty',
]);

export interface Carried {
  form: JsonObject;
  documents: string[];
  /** of how many one is not cleared, or that the pack admits no more, or that are not here */
  left: number;
}

export async function carried(shown: Case, schema: Schema): Promise<Carried> {
  const form = shown.form as JsonObject;
  const named = new Set(documentsIn(schema, form));
  const path = { case: shown.no };
  const { items } = await ok(client.GET('/api/v1/cases/{case}/documents', { params: { path } }));
  const anew = new Map<string, string>();
  let left = 0;
  // what others added in their steps is theirs
  const wanted = items.filter((d) => named.has(d.id) || d.step === '');
  for (const { id } of wanted) {
    try {
      const made = await ok(client.POST('/api/v1/documents/{document}/copies', { params: { path: { document: id } } }));
      anew.set(id, made.id);
    } catch (e) {
      if (!(e instanceof Problem) || !behind.has(e.body.slug)) throw e;
      left++;
    }
  }
  const beside = wanted.filter((d) => !named.has(d.id)).flatMap((d) => anew.get(d.id) ?? []);
  return { form: (withDocuments(schema, form, anew) ?? {}) as JsonObject, documents: [...new Set(beside)], left };
}

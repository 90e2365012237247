/** Reorganisations: what of a form the server asks for to say what would move. */
import { client, ok } from '@/api/client';
import type { components, paths } from '@/api/schema';
import { asTexts, type JsonObject } from '@/parts/SchemaForm/schema';
import type { Procedure } from './shapes';

type Asked = paths['/api/v1/moves/preview']['get']['parameters']['query'];
export type MovePlan = components['schemas']['MovePreview'];
export type MoveKind = Asked['kind'];

const kinds: readonly string[] = ['merge', 'split', 'rename', 'replace'] satisfies MoveKind[];

function isKind(text: string | undefined): text is MoveKind {
  return text !== undefined && kinds.includes(text);
}

/** The reorganisation a procedure is for, by the check that every one of them has; undefined: it is none. */
export function moveOf(law: Procedure | undefined): MoveKind | undefined {
  const kind = law?.checks.find((c) => c.word === 'org.may_move')?.values['as'];
  return isKind(kind) ? kind : undefined;
}

/** The operation calls its parameters what the word demands of the form. */
export function planOf(kind: MoveKind, cloud: string, form: JsonObject): Promise<MovePlan> {
  const [from = ''] = asTexts(form['from']);
  const query: Asked = { kind, cloud, from };
  for (const name of ['to', 'name', 'projects', 'people', 'day'] as const) {
    const texts = asTexts(form[name]);
    if (texts.length > 0) query[name] = texts.join(',');
  }
  return ok(client.GET('/api/v1/moves/preview', { params: { query } }));
}

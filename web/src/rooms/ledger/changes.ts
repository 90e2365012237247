/** What one version of a record says otherwise than the one before it. */
import { ordered, type Json, type JsonObject, type Schema } from '@/parts/SchemaForm/schema';
import type { Change } from './shapes';

export interface Difference {
  name: string;
  schema: Schema;
  before: Json | undefined;
  after: Json | undefined;
}

export function changesOf(schema: Schema | null, before: Change, after: Change): Difference[] {
  const was = before.content as JsonObject;
  const is = after.content as JsonObject;
  const known = new Map(ordered(schema ?? {}));
  const names = new Set([...known.keys(), ...Object.keys(was), ...Object.keys(is)]);
  return [...names]
    .filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]))
    .map((name) => ({ name, schema: known.get(name) ?? {}, before: was[name], after: is[name] }));
}

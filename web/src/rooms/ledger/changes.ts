/** What one version of a record says otherwise than the one before it. */
import { ordered, type Json, type JsonObject, type Schema } from '@/parts/SchemaForm/schema';
import type { Change } from './shapes';

export interface Difference {
  name: string;
  schema: Schema;
  before: Json | undefined;
  after: Json | undefined;
}

/** Of two lists only what the other has not: an entry that stays is no change. */
function without(list: Json[], other: Json[]): Json | undefined {
  const kept = new Set(other.map((e) => JSON.stringify(e)));
  const own = list.filter((e) => !kept.has(JSON.stringify(e)));
  return own.length > 0 ? own : undefined;
}

export function changesOf(schema: Schema | null, before: Change, after: Change): Difference[] {
  const was = before.content as JsonObject;
  const is = after.content as JsonObject;
  const known = new Map(ordered(schema ?? {}));
  const names = new Set([...known.keys(), ...Object.keys(was), ...Object.keys(is)]);
  const differing = (a: Json | undefined, b: Json | undefined): Json | undefined =>
    Array.isArray(a) && Array.isArray(b) ? without(a, b) : a;
  return [...names]
    .filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]))
    .map((name) => ({ name, schema: known.get(name) ?? {}, before: differing(was[name], is[name]), after: differing(is[name], was[name]) }));
}

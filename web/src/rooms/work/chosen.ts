/** What a case asks for out of its project's quota: catalogue items, and more of what runs. */
import type { Chosen } from '@/lib/estimate';
import { asTexts, type Json, type JsonObject } from '@/parts/SchemaForm/schema';
import type { Procedure } from './shapes';

/** Does filing hold a share of the quota, by the word that every such procedure has? */
export function asksOfQuota(law: Procedure | undefined): boolean {
  return law?.reserves.some((w) => w.word === 'quota.reserve') ?? false;
}

function rows(list: Json | undefined): JsonObject[] {
  return Array.isArray(list)
    ? list.filter((x): x is JsonObject => typeof x === 'object' && x !== null && !Array.isArray(x))
    : [];
}

const text = (value: Json | undefined): string => asTexts(value)[0] ?? '';

/** The word reads `items` and `changes` of the form. */
export function chosenIn(form: JsonObject): Chosen[] {
  return [
    ...rows(form['changes']).map((c) => ({ resource: text(c['resource']), quantity: text(c['quantity']) })),
    ...rows(form['items']).map((i) => ({ item: text(i['item']), quantity: text(i['quantity']) })),
  ];
}

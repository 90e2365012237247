/** The packs' JSON Schema as far as forms use it, and what a form makes of it. */
import type { InjectionKey } from 'vue';
import type { Language } from '@/lib/language';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export interface Schema {
  type?: string;
  title?: string;
  description?: string;
  'x-title-en'?: string;
  'x-description-en'?: string;
  'x-order'?: number;
  'x-ref'?: string;
  'x-enum-titles'?: Partial<Record<Language, Record<string, string>>>;
  enum?: string[];
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

/** A form of the pack as the API hands it out; the server has checked that it is one. */
export function asSchema(form: { [key: string]: unknown } | null | undefined): Schema | null {
  return (form as Schema | null | undefined) ?? null;
}

/** What the references of a form are looked for in. */
export interface Scope {
  project?: string | undefined;
  unit?: string | undefined;
  cloud?: string | undefined;
}

export interface FormContext {
  scope: () => Scope;
  /** JSON pointer into the form -> what is wrong there */
  errors: () => ReadonlyMap<string, string>;
}
export const formContext: InjectionKey<FormContext> = Symbol('form');

export function titleOf(schema: Schema, name: string, language: Language): string {
  return (language === 'en' ? schema['x-title-en'] : undefined) ?? schema.title ?? name;
}

export function aboutOf(schema: Schema, language: Language): string {
  return (language === 'en' ? schema['x-description-en'] : undefined) ?? schema.description ?? '';
}

export function wordTitle(schema: Schema, word: string, language: Language): string {
  return schema['x-enum-titles']?.[language]?.[word] ?? word;
}

/** The properties in the order in which the pack gives them. */
export function ordered(schema: Schema): [string, Schema][] {
  return Object.entries(schema.properties ?? {}).sort(
    ([, a], [, b]) => (a['x-order'] ?? 0) - (b['x-order'] ?? 0),
  );
}

/** What a new entry begins with. */
export function blank(schema: Schema): Json {
  if (schema.type === 'object') return {};
  if (schema.type === 'array') return [];
  if (schema.type === 'boolean') return false;
  return '';
}

/** Whether a form has a place of its own for documents. */
export function asksDocuments(schema: Schema): boolean {
  if (schema['x-ref'] === 'document') return true;
  const inner = [...Object.values(schema.properties ?? {}), ...(schema.items ? [schema.items] : [])];
  return inner.some(asksDocuments);
}

/** What was said with other documents in the places of its own: `anew` has each by the one it was; what it does not
 * have is left out. */
export function withDocuments(schema: Schema, value: Json, anew: ReadonlyMap<string, string>): Json | undefined {
  if (schema['x-ref'] === 'document') return typeof value === 'string' ? anew.get(value) : undefined;
  if (!asksDocuments(schema) || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const inner = schema.items ?? {};
    const all = value.map((v) => withDocuments(inner, v, anew));
    return inner['x-ref'] === 'document' ? [...new Set(all)].filter((v) => v !== undefined) : all.map((v) => v ?? null);
  }
  const left = Object.entries(value).map(([k, v]) => [k, withDocuments(schema.properties?.[k] ?? {}, v, anew)] as const);
  return Object.fromEntries(left.filter(([, v]) => v !== undefined)) as JsonObject;
}

/** The documents that are named in their places. */
export function documentsIn(schema: Schema, value: Json): string[] {
  if (schema['x-ref'] === 'document') return asTexts(value);
  if (!asksDocuments(schema) || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((v) => documentsIn(schema.items ?? {}, v));
  return Object.entries(value).flatMap(([k, v]) => documentsIn(schema.properties?.[k] ?? {}, v));
}

/** A text, or the texts of a list; what is neither says nothing. */
export function asTexts(value: Json | undefined): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((v): v is string => typeof v === 'string' && v !== '');
}

function bare(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** The form as it is sent: what was left empty is left out, unless it must be there. */
export function sent(schema: Schema, value: Json | undefined): Json | undefined {
  if (schema.type === 'array') {
    const entries = (Array.isArray(value) ? value : []).map(
      (entry) => sent(schema.items ?? {}, entry) ?? blank(schema.items ?? {}),
    );
    return entries.length > 0 ? entries : undefined;
  }
  if (schema.type === 'object') {
    const from = (value ?? {}) as JsonObject;
    const kept: JsonObject = {};
    for (const [name, property] of ordered(schema)) {
      const inner = sent(property, from[name]);
      const must = schema.required?.includes(name) && property.type !== 'string';
      if (inner !== undefined) kept[name] = inner;
      else if (must && property.type === 'boolean') kept[name] = false;
    }
    return bare(kept) ? undefined : kept;
  }
  if (typeof value === 'string') return value.trim() === '' ? undefined : value.trim();
  return bare(value) ? undefined : value;
}

/** What must be filled in and is not: JSON pointers. An optional object that is empty needs nothing. */
export function missing(schema: Schema, value: Json | undefined, at = ''): string[] {
  if (schema.type === 'array') {
    return (Array.isArray(value) ? value : []).flatMap((entry, i) =>
      missing(schema.items ?? {}, entry, `${at}/${i}`),
    );
  }
  if (schema.type !== 'object') return [];
  const from = (value ?? {}) as JsonObject;
  return ordered(schema).flatMap(([name, property]) => {
    const here = `${at}/${name}`;
    const inner = sent(property, from[name]);
    const must = schema.required?.includes(name) ?? false;
    if (inner === undefined && property.type !== 'boolean') {
      if (!must) return [];
      return property.type === 'object' ? missing(property, {}, here) : [here];
    }
    return missing(property, from[name], here);
  });
}

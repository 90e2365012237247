/** How what a form refers to is looked for, by the `x-ref` of the pack. */
import { client, ok, Problem } from '@/api/client';
import { day } from '@/lib/format';
import { language } from '@/lib/language';
import { everyPage, pageSize } from '@/lib/paged';
import { session } from '@/lib/session';
import type { Scope } from './schema';

export interface Found {
  id: string;
  /** the number or code that people write */
  no: string;
  title: string;
  /** what tells it from its like */
  beside?: string;
}

const most = 50;
/** how much is read of what the server does not look through */
const whole = 2000;

async function projectOf(scope: Scope): Promise<{ cloud: string; unit: string; systems: { code: string; name: string }[] } | undefined> {
  if (!scope.project) return undefined;
  const path = { project: scope.project };
  return ok(client.GET('/api/v1/projects/{project}', { params: { path } }));
}

async function cloudOf(scope: Scope): Promise<string | undefined> {
  if (scope.cloud) return scope.cloud;
  const project = await projectOf(scope);
  if (project) return project.cloud;
  const clouds = await ok(client.GET('/api/v1/clouds'));
  return clouds.items[0]?.code;
}

/** What one may not see offers nothing to choose from. */
async function orNone<T>(ask: Promise<{ items: T[] }>): Promise<T[]> {
  try {
    return (await ask).items;
  } catch (e) {
    if (e instanceof Problem && e.body.status >= 400 && e.body.status < 500) return [];
    throw e;
  }
}

async function items(scope: Scope): Promise<{ code: string; name: string; category: string; dims: object }[]> {
  const cloud = await cloudOf(scope);
  if (!cloud) return [];
  return orNone(ok(client.GET('/api/v1/catalogue', { params: { query: { cloud } } })));
}

/** Those of the catalogue; titles from the quotas that one may see. */
async function dimensions(scope: Scope): Promise<Found[]> {
  const project = await projectOf(scope);
  const quotas = project
    ? await Promise.all([
        orNone(ok(client.GET('/api/v1/projects/{project}/quota', { params: { path: { project: scope.project ?? '' } } }))),
        orNone(ok(client.GET('/api/v1/units/{unit}/quota', { params: { path: { unit: project.unit } } }))),
      ])
    : [];
  const titles = new Map<string, string>();
  for (const item of await items(scope)) for (const code of Object.keys(item.dims)) titles.set(code, '');
  for (const line of quotas.flat()) titles.set(line.dimension, line.dimension_title);
  return [...titles].map(([no, title]) => ({ id: no, no, title }));
}

/** Those of a kind that a text is found in: the server looks where it can, else the whole list is
 * read and looked through here. */
const finders: Record<string, (scope: Scope, text: string) => Promise<Found[]>> = {
  dimension: dimensions,
  async project({ unit }, text) {
    const query = { limit: most, unit, text: text || undefined };
    const page = await ok(client.GET('/api/v1/projects', { params: { query } }));
    return page.items.map((p) => ({ id: p.id, no: p.code, title: p.name, beside: p.unit_name }));
  },
  async resource({ project, unit }, text) {
    const query = { limit: pageSize, project, unit, text: text || undefined };
    const page = await ok(client.GET('/api/v1/resources', { params: { query } }));
    return page.items
      .filter((r) => r.state !== 'destroyed' && r.state !== 'cancelled')
      .map((r) => ({ id: r.id, no: r.no, title: r.name, beside: `${r.item_name} · ${r.state_title}` }));
  },
  async item(scope) {
    return (await items(scope)).map((i) => ({ id: i.code, no: i.code, title: i.name, beside: i.category }));
  },
  async system(scope) {
    const project = await projectOf(scope);
    return (project?.systems ?? []).map((s) => ({ id: s.code, no: s.code, title: s.name }));
  },
  async article() {
    const list = await ok(client.GET('/api/v1/policy/articles'));
    return list.items.map((a) => ({ id: a.article, no: a.article, title: a.title }));
  },
  async org(_, text) {
    const query = { limit: most, text: text || undefined };
    const page = await ok(client.GET('/api/v1/orgs', { params: { query } }));
    return page.items.map((o) => ({ id: o.id, no: o.code, title: o.name, beside: o.kind_title }));
  },
  async person(_, text) {
    const query = { limit: most, text: text || undefined };
    const page = await ok(client.GET('/api/v1/people', { params: { query } }));
    return page.items.map((p) => ({ id: p.id, no: p.login, title: p.name }));
  },
  async cloud() {
    const page = await ok(client.GET('/api/v1/clouds'));
    return page.items.map((c) => ({ id: c.id, no: c.code, title: c.name, beside: c.level_title }));
  },
  async case({ project }) {
    const read = (cursor?: string) =>
      ok(client.GET('/api/v1/cases', { params: { query: { limit: pageSize, project, cursor } } }));
    const { items } = await everyPage(read, whole);
    return items.map((c) => ({ id: c.id, no: c.no, title: c.title, beside: c.state_title }));
  },
  async edition(scope) {
    const cloud = await cloudOf(scope);
    if (!cloud) return [];
    const read = (cursor?: string) =>
      ok(client.GET('/api/v1/editions', { params: { query: { cloud, limit: pageSize, cursor } } }));
    const { items } = await everyPage(read, whole);
    return items.map((e) => ({ id: e.id, no: String(e.number), title: e.title, beside: e.state_title }));
  },
  async finding() {
    const read = (cursor?: string) =>
      ok(client.GET('/api/v1/findings', { params: { query: { limit: pageSize, cursor } } }));
    const { items } = await everyPage(read, whole);
    return items.map((f) => ({ id: f.id, no: f.no, title: f.rule_title, beside: f.unit_name }));
  },
  async statement() {
    const read = (cursor?: string) =>
      ok(client.GET('/api/v1/statements', { params: { query: { limit: pageSize, cursor } } }));
    const { items } = await everyPage(read, whole);
    return items.map((s) => ({ id: s.id, no: s.no, title: s.project, beside: s.month }));
  },
  async settlement() {
    const read = (cursor?: string) =>
      ok(client.GET('/api/v1/settlements', { params: { query: { limit: pageSize, cursor } } }));
    const { items } = await everyPage(read, whole);
    return items.map((s) => ({ id: s.id, no: s.no, title: s.month, beside: s.state_title }));
  },
  async evaluation() {
    const read = (cursor?: string) =>
      ok(client.GET('/api/v1/evaluations', { params: { query: { limit: pageSize, cursor } } }));
    const { items } = await everyPage(read, whole);
    return items.map((e) => ({ id: e.id, no: e.no, title: e.period, beside: e.state_title }));
  },
  async scheme() {
    const read = (cursor?: string) =>
      ok(client.GET('/api/v1/schemes', { params: { query: { limit: pageSize, cursor } } }));
    const { items } = await everyPage(read, whole);
    return items.map((s) => ({ id: s.id, no: s.code, title: s.title, beside: s.state_title }));
  },
  async record({ project }, text) {
    const query = { limit: most, project, holding: true, q: text || undefined };
    const page = await ok(client.GET('/api/v1/records', { params: { query } }));
    return page.items.map((r) => ({ id: r.id, no: r.no, title: r.title, beside: `${r.register_title} · ${r.state_title}` }));
  },
  async duty() {
    const read = (cursor?: string) =>
      ok(client.GET('/api/v1/duties', { params: { query: { mine: true, open: true, limit: pageSize, cursor } } }));
    const { items } = await everyPage(read, whole);
    return items.map((d) => ({ id: d.id, no: d.no, title: d.kind_title, beside: `${d.record_title ?? d.what} · ${day(d.due)}` }));
  },
};
/** where the server itself looks for the text */
const sought = new Set(['project', 'resource', 'org', 'person', 'record']);

export function canPick(kind: string): boolean {
  return kind in finders;
}

/** One reading serves the pickers of a form and what is typed into them; soon it is read anew. */
const freshMs = 30_000;
const kept = new Map<string, { at: number; list: Promise<Found[]> }>();

function all(kind: string, scope: Scope, text: string): Promise<Found[]> {
  const key = JSON.stringify([session.value?.person, kind, text, scope.project, scope.unit, scope.cloud, language.value]);
  const old = kept.get(key);
  if (old && Date.now() - old.at < freshMs) return old.list;
  const list = finders[kind]?.(scope, text) ?? Promise.resolve([]);
  kept.set(key, { at: Date.now(), list });
  list.catch(() => kept.delete(key));
  return list;
}

export async function find(kind: string, text: string, scope: Scope): Promise<Found[]> {
  if (sought.has(kind)) return (await all(kind, scope, text)).slice(0, most);
  const wanted = text.toLowerCase();
  return (await all(kind, scope, ''))
    .filter((f) => `${f.no} ${f.title} ${f.beside ?? ''}`.toLowerCase().includes(wanted))
    .slice(0, most);
}

/** How what a form refers to is looked for, by the `x-ref` of the pack. */
import { client, ok } from '@/api/client';
import type { Scope } from './schema';

export interface Found {
  id: string;
  /** the number or code that people write */
  no: string;
  title: string;
  /** what tells it from its like */
  beside?: string;
}

type Finder = (text: string, scope: Scope) => Promise<Found[]>;

const most = 50;

function matching(list: Found[], text: string): Found[] {
  const wanted = text.toLowerCase();
  return list
    .filter((f) => `${f.no} ${f.title} ${f.beside ?? ''}`.toLowerCase().includes(wanted))
    .slice(0, most);
}

async function cloudOf(scope: Scope): Promise<string | undefined> {
  if (scope.cloud) return scope.cloud;
  if (scope.project) {
    const path = { project: scope.project };
    const project = await ok(client.GET('/api/v1/projects/{project}', { params: { path } }));
    return project.cloud;
  }
  const clouds = await ok(client.GET('/api/v1/clouds'));
  return clouds.items[0]?.code;
}

const finders: Record<string, Finder> = {
  async project(text, scope) {
    const query = { limit: 200, unit: scope.unit };
    const page = await ok(client.GET('/api/v1/projects', { params: { query } }));
    const list = page.items.map((p) => ({ id: p.id, no: p.code, title: p.name, beside: p.unit_name }));
    return matching(list, text);
  },
  async resource(text, scope) {
    const query = { limit: 200, project: scope.project, unit: scope.unit };
    const page = await ok(client.GET('/api/v1/resources', { params: { query } }));
    const list = page.items
      .filter((r) => r.state !== 'destroyed' && r.state !== 'cancelled')
      .map((r) => ({ id: r.id, no: r.no, title: r.name, beside: `${r.item_name} · ${r.state_title}` }));
    return matching(list, text);
  },
  async item(text, scope) {
    const cloud = await cloudOf(scope);
    if (!cloud) return [];
    const shown = await ok(client.GET('/api/v1/catalogue', { params: { query: { cloud } } }));
    const list = shown.items.map((i) => ({ id: i.code, no: i.code, title: i.name, beside: i.category }));
    return matching(list, text);
  },
  async system(text, scope) {
    if (!scope.project) return [];
    const path = { project: scope.project };
    const project = await ok(client.GET('/api/v1/projects/{project}', { params: { path } }));
    return matching(
      project.systems.map((s) => ({ id: s.code, no: s.code, title: s.name })),
      text,
    );
  },
  async dimension(text, scope) {
    if (!scope.project) return [];
    const path = { project: scope.project };
    const quota = await ok(client.GET('/api/v1/projects/{project}/quota', { params: { path } }));
    return matching(
      quota.items.map((d) => ({ id: d.dimension, no: d.dimension, title: d.dimension_title })),
      text,
    );
  },
  async org(text) {
    const page = await ok(client.GET('/api/v1/orgs', { params: { query: { limit: 200 } } }));
    return matching(
      page.items.map((o) => ({ id: o.id, no: o.code, title: o.name, beside: o.kind_title })),
      text,
    );
  },
  async cloud(text) {
    const page = await ok(client.GET('/api/v1/clouds'));
    return matching(
      page.items.map((c) => ({ id: c.id, no: c.code, title: c.name, beside: c.level_title })),
      text,
    );
  },
  async case(text, scope) {
    const query = { limit: 200, project: scope.project };
    const page = await ok(client.GET('/api/v1/cases', { params: { query } }));
    return matching(
      page.items.map((c) => ({ id: c.id, no: c.no, title: c.title, beside: c.state_title })),
      text,
    );
  },
  async edition(text, scope) {
    const cloud = await cloudOf(scope);
    if (!cloud) return [];
    const page = await ok(client.GET('/api/v1/editions', { params: { query: { cloud, limit: 200 } } }));
    return matching(
      page.items.map((e) => ({ id: e.id, no: String(e.number), title: e.title, beside: e.state_title })),
      text,
    );
  },
  async finding(text) {
    const page = await ok(client.GET('/api/v1/findings', { params: { query: { limit: 200 } } }));
    return matching(
      page.items.map((f) => ({ id: f.id, no: f.no, title: f.rule_title, beside: f.unit_name })),
      text,
    );
  },
  async statement(text) {
    const page = await ok(client.GET('/api/v1/statements', { params: { query: { limit: 200 } } }));
    return matching(
      page.items.map((s) => ({ id: s.id, no: s.no, title: s.project, beside: s.month })),
      text,
    );
  },
  async settlement(text) {
    const page = await ok(client.GET('/api/v1/settlements', { params: { query: { limit: 200 } } }));
    return matching(
      page.items.map((s) => ({ id: s.id, no: s.no, title: s.month, beside: s.state_title })),
      text,
    );
  },
  async evaluation(text) {
    const page = await ok(client.GET('/api/v1/evaluations', { params: { query: { limit: 200 } } }));
    return matching(
      page.items.map((e) => ({ id: e.id, no: e.no, title: e.period, beside: e.state_title })),
      text,
    );
  },
  async scheme(text) {
    const page = await ok(client.GET('/api/v1/schemes', { params: { query: { limit: 200 } } }));
    return matching(
      page.items.map((s) => ({ id: s.id, no: s.code, title: s.title, beside: s.state_title })),
      text,
    );
  },
};

export function canPick(kind: string): boolean {
  return kind in finders;
}

export function find(kind: string, text: string, scope: Scope): Promise<Found[]> {
  return finders[kind]?.(text, scope) ?? Promise.resolve([]);
}

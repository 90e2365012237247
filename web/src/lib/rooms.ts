/** The rooms of the console: each declares its pages, the router and the menu come from that. */
import type { Component } from 'vue';
import type { RouteRecordRaw } from 'vue-router';
import { hasRole, mayBegin, mayDo, mayDoLike, sees } from './session';

export const groups = ['work', 'unit', 'operate', 'govern', 'money', 'rules', 'admin'] as const;
export type Group = (typeof groups)[number];

export interface Page {
  /** "/cases/:no" */
  path: string;
  name: string;
  component: () => Promise<Component>;
  /** message key of its title */
  title: string;
  /** what a scope calls that which it shows: who may look at some kinds of things only sees those pages */
  kind?: string;
  /** any of these actions of the matrix opens it; none: everyone signed in */
  actions?: string[];
  /** or any action that begins so: "file:" */
  actionsLike?: string;
  /** further, who may begin a procedure that uses this word of the vocabulary */
  begins?: string;
  /** further, any of these roles; none: every role */
  roles?: string[];
  menu?: { group: Group; order: number; icon: Component };
  /** without the frame: sign-in, wall screen */
  bare?: boolean;
  /** without signing in */
  open?: boolean;
}

const found = import.meta.glob<{ pages: Page[] }>('../rooms/*/index.ts', { eager: true });
export const pages: Page[] = Object.values(found).flatMap((room) => room.pages);

export function admits(page: Page): boolean {
  return (
    (!page.actions || mayDo(...page.actions)) &&
    (!page.actionsLike || mayDoLike(page.actionsLike)) &&
    (!page.begins || mayBegin(page.begins)) &&
    (!page.roles || hasRole(...page.roles)) &&
    (!page.kind || sees(page.kind, page.actions))
  );
}

export function menuOf(group: Group): Page[] {
  return pages
    .filter((p) => p.menu?.group === group && admits(p))
    .sort((a, b) => (a.menu?.order ?? 0) - (b.menu?.order ?? 0));
}

/** Where one begins: the first page of one's menu. */
export function firstPage(): Page | undefined {
  return groups.flatMap(menuOf)[0];
}

export const routes: RouteRecordRaw[] = pages.map((page) => ({
  path: page.path,
  name: page.name,
  component: page.component,
  meta: { page },
  props: true,
}));

/** Who is signed in, and what the pack's matrix lets them do. */
import { computed, ref, shallowRef } from 'vue';
import { client, csrf, ok, Problem } from '@/api/client';
import type { components } from '@/api/schema';
import { readCityClock } from './city';

type Session = components['schemas']['SessionShow'];

export const session = ref<Session | null>(null);
/** action -> the relations one's roles have it in */
const may = ref(new Map<string, Set<string>>());
/** role by role: the actions, and the kinds of things that they are limited to; undefined: all */
const granted = shallowRef<{ actions: Set<string>; scope: Set<string> | undefined }[]>([]);
/** the procedures one may begin */
const begins = shallowRef<components['schemas']['ProcedureList']['items']>([]);

const roles = computed(() => new Set((session.value?.roles ?? []).map((r) => r.role)));
/** Whether one has any of these roles, wherever. */
export function hasRole(...wanted: string[]): boolean {
  return wanted.some((r) => roles.value.has(r));
}
/** Whether one may do any of these actions ("case.read", "file:test"), in whatever relation. */
export function mayDo(...actions: string[]): boolean {
  return actions.some((a) => may.value.has(a));
}
/** Whether one may do any action that begins so. */
export function mayDoLike(prefix: string): boolean {
  return [...may.value.keys()].some((a) => a.startsWith(prefix));
}
/** The procedure one may begin that is about such a thing and uses this word of the vocabulary: what
 * it is called is the pack's affair. */
export function procedureWith(word: string, about: string): string | undefined {
  return begins.value.find((p) => p.about === about && p.words.includes(word))?.procedure;
}
/** Whether one may begin any procedure that uses this word. */
export function mayBegin(word: string): boolean {
  return begins.value.some((p) => p.words.includes(word));
}
/** Whether a role of one's that has any of these actions is not kept from this kind of things. */
export function sees(kind: string, actions?: string[]): boolean {
  if (granted.value.length === 0) return true;
  return granted.value.some(
    (g) => (!g.scope || g.scope.has(kind)) && (!actions || actions.some((a) => g.actions.has(a))),
  );
}
/** Whether one may do it to everything, or everything of a cloud. */
export function mayDoWidely(action: string): boolean {
  const in_ = may.value.get(action);
  return in_ !== undefined && (in_.has('any') || in_.has('cloud'));
}

/** What one may do, and what time it is in the city. */
async function readBounds(of: Session): Promise<void> {
  const own = new Set(of.roles.map((r) => r.role));
  const [matrix, procedures] = await Promise.all([
    ok(client.GET('/api/v1/policy/permissions')),
    ok(client.GET('/api/v1/policy/procedures')),
    readCityClock(),
  ]);
  const mine = new Map<string, Set<string>>();
  for (const row of matrix.items) {
    if (!own.has(row.role)) continue;
    const relations = mine.get(row.action) ?? new Set<string>();
    relations.add(row.relation);
    mine.set(row.action, relations);
  }
  granted.value = of.roles.map((r) => ({
    actions: new Set(matrix.items.filter((row) => row.role === r.role).map((row) => row.action)),
    scope: r.scope ? new Set(r.scope.split(' ')) : undefined,
  }));
  begins.value = procedures.items.filter((p) => p.you_may);
  for (const p of begins.value) mine.set(`file:${p.procedure}`, new Set(['own']));
  may.value = mine;
}

/** What a session must do before anything else is answered: the page that is for it. */
export function owedPage(of: Session): 'sign-in' | 'password' | 'second-factor' | undefined {
  if (of.second_factor === 'code') return 'sign-in';
  if (of.must_change_password) return 'password';
  return of.second_factor === 'enrol' ? 'second-factor' : undefined;
}
/** Whether someone is signed in and owes nothing. */
export const settledIn = computed(() => session.value !== null && owedPage(session.value) === undefined);

/** The browser's count of time stands still while the machine sleeps: the city's clock is set again
 * when the page is looked at again. Called once, when the console begins. */
export function keepCityClock(): void {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible' || !settledIn.value) return;
    // not to be told now: it goes on as it went
    void readCityClock().catch(() => undefined);
  });
}

/** Reads who one is; false when nobody is signed in, a `Problem` when that cannot be told now. */
export async function resume(): Promise<boolean> {
  if (!csrf.get()) return false;
  let found: Session;
  try {
    found = await ok(client.GET('/api/v1/session'));
  } catch (e) {
    if (!(e instanceof Problem) || e.body.status !== 401) throw e;
    session.value = null;
    return false;
  }
  // until then the server answers nothing else
  if (owedPage(found) === undefined) await readBounds(found);
  session.value = found;
  return true;
}

export async function signIn(login: string, password: string): Promise<void> {
  const begun = await ok(client.POST('/api/v1/session', { body: { login, password } }));
  csrf.set(begun.csrf);
  await resume();
}

/** The second step: a code of one's device, or a recovery code. */
export async function showCode(code: string): Promise<void> {
  await ok(client.POST('/api/v1/session/code', { body: { code } }));
  await resume();
}

export function forget(): void {
  csrf.drop();
  session.value = null;
  may.value = new Map();
  granted.value = [];
  begins.value = [];
}

/** Signs out; answers where one signs out at the issuer of the session, too, if it came of one. */
export async function signOut(): Promise<string | undefined> {
  // not to be told now: one is signed out here all the same
  const further = await ok(client.GET('/api/v1/session/issuer')).catch(() => undefined);
  try {
    await ok(client.DELETE('/api/v1/session'));
  } finally {
    forget();
  }
  return further?.location ?? undefined;
}

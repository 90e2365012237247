/** Signing in through an issuer: there, and back again. */
import { client, csrf, ok } from '@/api/client';
import { resume } from './session';

const kept = 'yh-issuer-to';

/** Leaves for the issuer; `to` is where one is afterwards, a path of our own. */
export async function leaveToSignIn(issuer: string, to: string): Promise<void> {
  const at = { params: { path: { issuer } } };
  const { location } = await ok(client.POST('/api/v1/issuers/{issuer}/sign-in', at));
  sessionStorage.setItem(kept, to);
  window.location.assign(location);
}

export async function leaveToBind(issuer: string): Promise<void> {
  const at = { params: { path: { issuer } } };
  const { location } = await ok(client.POST('/api/v1/account/issuers/{issuer}', at));
  window.location.assign(location);
}

export interface Answer {
  issuer: string;
  state: string;
  code?: string;
  iss?: string;
  error?: string;
}

/** What stands in the address one came back to from an issuer; it is taken out of it, and of the browser's history. */
export function takeAnswer(issuer: string): Answer | undefined {
  const query = new URLSearchParams(window.location.search);
  const text = (name: string) => query.get(name) ?? undefined;
  const state = text('state');
  window.history.replaceState(window.history.state, '', window.location.pathname);
  return state ? { issuer, state, code: text('code'), iss: text('iss'), error: text('error')?.slice(0, 80) } : undefined;
}

export function isBinding(answer: Answer): boolean {
  return answer.state.startsWith('b.');
}

/** Ends what was begun; answers where one is to be. */
export async function arrive(answer: Answer): Promise<string> {
  if (isBinding(answer)) {
    await ok(client.POST('/api/v1/account/issuers', { body: answer }));
    return '/account';
  }
  const begun = await ok(client.POST('/api/v1/session/issuer', { body: answer }));
  csrf.set(begun.csrf);
  await resume();
  const to = sessionStorage.getItem(kept) ?? '/';
  sessionStorage.removeItem(kept);
  return to;
}

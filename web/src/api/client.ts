/** The one way to the server: typed by the OpenAPI document, refusals become `Problem`. */
import createClient, { type Middleware } from 'openapi-fetch';
import { i18n, language } from '@/lib/language';
import type { paths } from './schema';

/** What the server says when it refuses (RFC 9457); `title` is in the language asked for. */
export interface ProblemBody {
  title: string;
  status: number;
  slug: string;
  article?: string;
  field?: string;
  figures?: Record<string, unknown>;
  [more: string]: unknown;
}

export class Problem extends Error {
  readonly body: ProblemBody;

  constructor(body: ProblemBody, cause?: unknown) {
    super(body.title, { cause });
    this.name = 'Problem';
    this.body = body;
  }
}

const csrfKey = 'yh-csrf';
export const csrf = {
  get: (): string => localStorage.getItem(csrfKey) ?? '',
  set: (token: string): void => localStorage.setItem(csrfKey, token),
  drop: (): void => localStorage.removeItem(csrfKey),
};

let signedOut: () => void = () => undefined;
/** Tells whom to call when the server no longer knows the session. */
export function onSignedOut(call: () => void): void {
  signedOut = call;
}

const headers: Middleware = {
  onRequest({ request }) {
    request.headers.set('Accept-Language', language.value === 'zh' ? 'zh-CN' : 'en');
    if (request.method !== 'GET') {
      request.headers.set('X-CSRF-Token', csrf.get());
    }
    return request;
  },
  onResponse({ response, schemaPath, request }) {
    const signingIn = /^\/api\/v1\/session(\/issuer)?$/.test(schemaPath) && request.method === 'POST';
    if (response.status === 401 && !signingIn) signedOut();
    return undefined;
  },
};

export const client = createClient<paths>({ baseUrl: '', credentials: 'same-origin' });
client.use(headers);

interface Reply<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

function isProblem(x: unknown): x is ProblemBody {
  return typeof x === 'object' && x !== null && 'slug' in x && 'title' in x;
}

/** The reply's body, or a thrown `Problem`: `await ok(client.GET('/api/v1/inbox'))`. */
export async function ok<T>(call: Promise<Reply<T>>): Promise<T> {
  let reply: Reply<T>;
  try {
    reply = await call;
  } catch (cause) {
    throw new Problem({ slug: 'unreachable', status: 0, title: i18n.global.t('problem.unreachable') }, cause);
  }
  if (reply.response.ok) return reply.data as T;
  if (isProblem(reply.error)) throw new Problem(reply.error);
  throw new Problem({
    slug: 'unexpected',
    status: reply.response.status,
    title: `${reply.response.status} ${reply.response.statusText}`,
  });
}

/** What `If-Match` says of a record that was read at this version. */
export function etagOf(version: number): string {
  return `W/"v${version}"`;
}

/** A fresh key that makes a repeated request harmless. */
export function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

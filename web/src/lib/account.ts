/** What waits for whoever is signed in, as it changes: one stream for the whole tab. */
import { effectScope, shallowRef, watch, type EffectScope } from 'vue';
import { language } from './language';
import { session } from './session';
import { useStream } from './stream';

export interface Waiting {
  open: number;
  due_today: number;
  overdue: number;
  soon: number;
  soon_until: string;
}

export interface AccountNews {
  today: string;
  inbox: Waiting;
  notices: {
    since: string;
    count: number;
    items: { id: string; slug: string; sentence: string; case: string; at: string }[];
  };
  cases: {
    id: string;
    no: string;
    procedure: string;
    title: string;
    kind: string;
    outcome: string;
    at: string;
  }[];
  again: boolean;
}

interface Events {
  state: AccountNews;
  change: Partial<AccountNews>;
}
type Told = (change: Partial<AccountNews>) => void;

/** Undefined until the server has told it. */
export const news = shallowRef<AccountNews>();
const listeners = new Set<Told>();
let scope: EffectScope | undefined;

/** Calls with the members that changed; the function it answers with ends that. */
export function onNews(call: Told): () => void {
  listeners.add(call);
  return () => listeners.delete(call);
}

function listen(): void {
  useStream<Events>(
    () => ({ path: '/api/v1/account/stream', query: { lang: language.value } }),
    {
      state: (whole) => (news.value = whole),
      change: (part) => {
        if (news.value) news.value = { ...news.value, ...part };
        tell(part);
      },
    },
    { on: [language], anew: () => tell({ again: true }) },
  );
}

function tell(part: Partial<AccountNews>): void {
  for (const call of listeners) call(part);
}

/** Listens for as long as someone is signed in. Called once, when the console begins. */
export function followAccount(): void {
  watch(
    () => (session.value?.must_change_password === false ? session.value.person : undefined),
    (person) => {
      scope?.stop();
      scope = undefined;
      news.value = undefined;
      if (!person) return;
      scope = effectScope(true);
      scope.run(listen);
    },
    { immediate: true },
  );
}

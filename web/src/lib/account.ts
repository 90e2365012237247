/** What waits for whoever is signed in, as it changes: one stream for the whole tab. */
import { effectScope, ref, shallowRef, watch, type EffectScope } from 'vue';
import { language } from './language';
import { resume, sees, session, settledIn } from './session';
import { useStream } from './stream';

export interface Waiting {
  open: number;
  due_today: number;
  overdue: number;
  soon: number;
  soon_until: string;
  supervisions: { open: number; overdue: number };
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
  ended: { slug: string };
}
type Told = (change: Partial<AccountNews>) => void;

/** Undefined until the server has told it. */
export const news = shallowRef<AccountNews>();
/** Whether it is told as it changes: not while the stream is lost. */
export const live = ref(false);
const listeners = new Set<Told>();
let scope: EffectScope | undefined;

/** Calls with the members that changed; the function it answers with ends that. */
export function onNews(call: Told): () => void {
  listeners.add(call);
  return () => listeners.delete(call);
}

/** What is the same as before is no news; what happened always is. */
function differing(part: Partial<AccountNews>): Partial<AccountNews> {
  const same = (name: 'inbox' | 'notices'): boolean =>
    JSON.stringify(part[name]) === JSON.stringify(news.value?.[name]);
  const changed = { ...part };
  if (same('inbox')) delete changed.inbox;
  if (same('notices')) delete changed.notices;
  return changed;
}

function listen(): void {
  const turn = ref(0);
  const state = useStream<Events>(
    () => ({ path: '/api/v1/account/stream', query: { lang: language.value } }),
    {
      state: (whole) => (news.value = whole),
      change: (part) => {
        const changed = differing(part);
        if (news.value) news.value = { ...news.value, ...part };
        tell(changed);
      },
      ended: ({ slug }) => {
        // one's roles changed: what one sees did, too
        if (slug === 'stream-roles-changed') void resume().catch(() => undefined).finally(() => turn.value++);
      },
    },
    { on: [language, turn], anew: () => tell({ again: true }) },
  );
  watch(state, (now) => (live.value = now === 'open'), { immediate: true });
}

function tell(part: Partial<AccountNews>): void {
  for (const call of listeners) call(part);
}

/** Listens for as long as someone is signed in. Called once, when the console begins. */
export function followAccount(): void {
  watch(
    () => (settledIn.value && sees('account') ? session.value?.person : undefined),
    (person) => {
      scope?.stop();
      scope = undefined;
      news.value = undefined;
      live.value = false;
      if (!person) return;
      scope = effectScope(true);
      scope.run(listen);
    },
    { immediate: true },
  );
}

/** What waits for whoever is signed in, as it changes: one stream for the whole tab. */
import { effectScope, shallowRef, watch, type EffectScope, type Ref } from 'vue';
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

export const news = shallowRef<AccountNews>();
type Told = (change: Partial<AccountNews>) => void;
const listeners = new Set<Told>();

/** Calls with the members that changed; the function it answers with ends that. */
export function onNews(call: Told): () => void {
  listeners.add(call);
  return () => listeners.delete(call);
}

let scope: EffectScope | undefined;

/** Begins to listen when someone signs in, ends with the session. Called once, by the frame. */
export function followAccount(): Ref<AccountNews | undefined> {
  watch(
    () => session.value?.person,
    (person) => {
      scope?.stop();
      scope = undefined;
      news.value = undefined;
      if (!person || session.value?.must_change_password) return;
      scope = effectScope(true);
      scope.run(() => {
        const told = useStream<AccountNews>(
          () => `/api/v1/account/stream?lang=${language.value}`,
          (change, whole) => {
            news.value = whole;
            for (const call of listeners) call(change);
          },
        );
        return told;
      });
    },
    { immediate: true },
  );
  return news;
}

/** What the server says would come of it, asked as one writes: the last answer only. */
import { onScopeDispose, ref, shallowRef, type Ref } from 'vue';
import { Problem } from '@/api/client';

export interface Trial<T> {
  dry: Ref<T | undefined>;
  /** why it could not even be tried */
  notTried: Ref<Problem | undefined>;
  asking: Ref<boolean>;
  /** without `ask` nothing is tried, and what was is no longer shown */
  attempt: (ask?: () => Promise<T>) => Promise<void>;
}

export function useTrial<T>(): Trial<T> {
  const dry = shallowRef<T>();
  const notTried = shallowRef<Problem>();
  const asking = ref(false);
  let turn = 0;
  onScopeDispose(() => turn++);
  async function attempt(ask?: () => Promise<T>): Promise<void> {
    const mine = ++turn;
    notTried.value = undefined;
    asking.value = ask !== undefined;
    if (!ask) {
      dry.value = undefined;
      return;
    }
    try {
      const reply = await ask();
      if (mine === turn) dry.value = reply;
    } catch (e) {
      if (!(e instanceof Problem)) throw e;
      if (mine !== turn) return;
      dry.value = undefined;
      notTried.value = e;
    } finally {
      if (mine === turn) asking.value = false;
    }
  }
  return { dry, notTried, asking, attempt };
}

/** The states of something asked of the server: waiting, refused, there. */
import { onScopeDispose, ref, shallowRef, watch, type Ref, type WatchSource } from 'vue';
import { Problem } from '@/api/client';

export interface Asked<T> {
  data: Ref<T | undefined>;
  problem: Ref<Problem | undefined>;
  waiting: Ref<boolean>;
  again: () => Promise<void>;
}

/** Asks now, and again when what it depends on changes; an answer that was overtaken is dropped. */
export function useAsked<T>(ask: () => Promise<T>, on: WatchSource[] = []): Asked<T> {
  const data = shallowRef<T>();
  const problem = shallowRef<Problem>();
  const waiting = ref(true);
  let turn = 0;
  async function again(): Promise<void> {
    const mine = ++turn;
    waiting.value = true;
    try {
      const reply = await ask();
      if (mine !== turn) return;
      data.value = reply;
      problem.value = undefined;
    } catch (e) {
      if (mine !== turn) return;
      if (!(e instanceof Problem)) throw e;
      problem.value = e;
    } finally {
      if (mine === turn) waiting.value = false;
    }
  }
  watch(on, again, { immediate: true });
  onScopeDispose(() => turn++);
  return { data, problem, waiting, again };
}

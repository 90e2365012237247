/** The states of something asked of the server: waiting, refused, there; or there, and not as fresh
 * as it should be. */
import { onScopeDispose, ref, shallowRef, watch, type Ref, type WatchSource } from 'vue';
import { Problem } from '@/api/client';
import { cityNow } from './city';
import { language } from './language';

export interface Asked<T> {
  data: Ref<T | undefined>;
  problem: Ref<Problem | undefined>;
  waiting: Ref<boolean>;
  /** when what is there was told, on the city's clock */
  at: Ref<string>;
  again: () => Promise<void>;
}

/** Whether it may well be told when it is asked again; a refusal is an answer. */
export function isPassing(problem: Problem): boolean {
  const { status } = problem.body;
  return status === 0 || status === 408 || status === 429 || status >= 500;
}

/**
 * Asks now, and again when what it depends on changes; an answer that was overtaken is dropped.
 * What is there stays when it cannot be read anew for a while; it goes when it is refused, or when
 * it is something else that is asked for.
 */
export function useAsked<T>(ask: () => Promise<T>, on: WatchSource[] = []): Asked<T> {
  const data = shallowRef<T>();
  const problem = shallowRef<Problem>();
  const waiting = ref(true);
  const at = ref('');
  let turn = 0;
  let other = false;
  async function again(): Promise<void> {
    const mine = ++turn;
    waiting.value = true;
    try {
      const reply = await ask();
      if (mine !== turn) return;
      data.value = reply;
      at.value = cityNow();
      problem.value = undefined;
      other = false;
    } catch (e) {
      if (mine !== turn) return;
      if (!(e instanceof Problem)) throw e;
      if (other || !isPassing(e)) data.value = undefined;
      problem.value = e;
    } finally {
      if (mine === turn) waiting.value = false;
    }
  }
  // before the asking below: it must know what the asking is about
  watch(
    on.filter((source) => source !== language),
    () => (other = true),
  );
  watch(on, again, { immediate: true });
  onScopeDispose(() => turn++);
  return { data, problem, waiting, at, again };
}

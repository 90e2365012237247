/** Long work that was accepted: asks how it goes until it has ended. Leaving the page does not stop
 * the work, only the asking. */
import { onScopeDispose, shallowRef, type Ref } from 'vue';
import { Problem } from '@/api/client';

interface Going {
  state: string;
  steps: number;
  steps_done: number;
}

export interface Later<T extends Going> {
  now: Ref<T | undefined>;
  /** resolves with the end, done or failed; never when the page was left */
  follow: (ask: () => Promise<T>) => Promise<T>;
}

export function useLater<T extends Going>(everyMs = 1000): Later<T> {
  const now = shallowRef<T>();
  let left = false;
  onScopeDispose(() => (left = true));
  async function follow(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const state = await ask();
        now.value = state;
        if (state.state === 'done' || state.state === 'failed') return state;
      } catch (e) {
        // the work goes on while the server is not reached
        if (!(e instanceof Problem) || e.body.status !== 0) throw e;
      }
      await new Promise((go) => window.setTimeout(go, everyMs));
      if (left) return new Promise(() => undefined);
    }
  }
  return { now, follow };
}

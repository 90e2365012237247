/** Something done on the server at a person's word: busy while it runs, the refusal kept. */
import { ref, shallowRef, type Ref } from 'vue';
import { Problem } from '@/api/client';

export interface Acting {
  busy: Ref<boolean>;
  problem: Ref<Problem | undefined>;
  /** true when it was done */
  run: (what: () => Promise<void>) => Promise<boolean>;
}

export function useActing(): Acting {
  const busy = ref(false);
  const problem = shallowRef<Problem>();
  async function run(what: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    problem.value = undefined;
    try {
      await what();
      return true;
    } catch (e) {
      if (!(e instanceof Problem)) throw e;
      problem.value = e;
      return false;
    } finally {
      busy.value = false;
    }
  }
  return { busy, problem, run };
}

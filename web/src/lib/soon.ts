/** Calls once it has been quiet for a while: asking as one types. */
import { onScopeDispose } from 'vue';

export function useSoon(call: () => void, quietMs = 500): () => void {
  let timer: number | undefined;
  onScopeDispose(() => window.clearTimeout(timer));
  return () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(call, quietMs);
  };
}

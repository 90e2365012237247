/** Calls again and again while the page is looked at. */
import { onScopeDispose } from 'vue';

export function useEvery(call: () => unknown, ms: number): void {
  const timer = window.setInterval(() => {
    if (document.visibilityState === 'visible') void call();
  }, ms);
  onScopeDispose(() => window.clearInterval(timer));
}

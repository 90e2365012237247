/** The server's wall clock, going on between what it tells. */
import { computed, onScopeDispose, ref, type Ref } from 'vue';
import { offsetOf } from '@/lib/city';

export interface Clock {
  /** milliseconds since 1970, by the server */
  now: Ref<number>;
  /** the place's wall clock: "2026-11-26 10:20:31" */
  text: Ref<string>;
}

export function useClock(at: () => string | undefined, toldAt: Ref<number>): Clock {
  const mine = ref(Date.now());
  const timer = window.setInterval(() => (mine.value = Date.now()), 1000);
  onScopeDispose(() => window.clearInterval(timer));
  const now = computed(() => {
    const told = at();
    return told ? Date.parse(told) + Math.max(0, mine.value - toldAt.value) : mine.value;
  });
  const text = computed(() => {
    const told = at();
    if (!told) return '';
    return new Date(now.value + offsetOf(told)).toISOString().slice(0, 19).replace('T', ' ');
  });
  return { now, text };
}

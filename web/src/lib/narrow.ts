/** Whether the window is no wider than this; as it is turned, too. */
import { onScopeDispose, ref, type Ref } from 'vue';

export function useNarrow(px: number): Ref<boolean> {
  const query = matchMedia(`(max-width: ${px}px)`);
  const narrow = ref(query.matches);
  const turned = (): void => {
    narrow.value = query.matches;
  };
  query.addEventListener('change', turned);
  onScopeDispose(() => query.removeEventListener('change', turned));
  return narrow;
}

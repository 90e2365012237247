/** Whether the window is no wider than this; as it is turned, too. */
import { onScopeDispose, ref, watch, type Ref } from 'vue';

/** how many dialogs are open: what they stand in is not built anew under them */
const held = ref(0);

export function useNarrow(px: number): Ref<boolean> {
  const query = matchMedia(`(max-width: ${px}px)`);
  const narrow = ref(query.matches);
  const turned = (): void => {
    if (held.value === 0) narrow.value = query.matches;
  };
  query.addEventListener('change', turned);
  watch(held, turned);
  onScopeDispose(() => query.removeEventListener('change', turned));
  return narrow;
}

/** For a dialog: says whether it is open. It may show what is shown once. */
export function useHold(): (open: boolean) => void {
  let holds = false;
  const hold = (open: boolean): void => {
    if (open !== holds) held.value += open ? 1 : -1;
    holds = open;
  };
  onScopeDispose(() => hold(false));
  return hold;
}

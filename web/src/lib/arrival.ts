/** Arriving at a page: the focus goes to its heading as soon as there is one, unless the person has
 * gone on to something else meanwhile. */
import { onMounted, type Ref } from 'vue';

let waits = false;
let from: Element | null = null;

/** A page is being opened in place of another: its heading is waited for. */
export function leaveFor(): void {
  waits = true;
  from = document.activeElement;
}

function unmoved(): boolean {
  const at = document.activeElement;
  return at === null || at === document.body || at === from;
}

/** For the heading of a page: takes the focus when the page was gone to. */
export function useArrival(heading: Ref<HTMLElement | undefined>): void {
  onMounted(() => {
    if (waits && unmoved()) heading.value?.focus({ preventScroll: true });
    waits = false;
  });
}

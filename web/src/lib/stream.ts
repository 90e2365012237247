/** Server-sent events: opened again by itself, closed with the page that listens. */
import { onScopeDispose, ref, watch, type Ref, type WatchSource } from 'vue';
import type { paths } from '@/api/schema';

/** opening, open, lost (it tries again by itself), ended (the server closed it for good) */
export type StreamState = 'opening' | 'open' | 'lost' | 'ended';

export interface StreamAddress {
  path: keyof paths;
  query: Record<string, string | undefined>;
}

const firstPause = 2000;
const longestPause = 60000;

function address(at: StreamAddress): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(at.query)) if (value) query.set(name, value);
  return `${at.path}?${query.toString()}`;
}

/**
 * Listens to a stream of the API; `Events` says what each event brings. An event "missed" or a
 * stream opened anew calls `anew`: what is shown must then be asked for again.
 */
export function useStream<Events extends object>(
  where: () => StreamAddress | undefined,
  heard: { [E in keyof Events]: (data: Events[E]) => void },
  options: { on?: WatchSource[]; anew?: () => void } = {},
): Ref<StreamState> {
  const state = ref<StreamState>('opening');
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pause = firstPause;
  let opened = false;

  function stop(): void {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  }

  function later(): void {
    stop();
    state.value = 'lost';
    timer = setTimeout(open, pause);
    pause = Math.min(pause * 2, longestPause);
  }

  function open(): void {
    stop();
    const at = where();
    if (!at) return;
    const mine = new EventSource(address(at));
    source = mine;
    mine.onopen = () => {
      state.value = 'open';
      pause = firstPause;
      if (opened) options.anew?.();
      opened = true;
    };
    // the browser itself goes on after a lost connection, but not after a refusal
    mine.onerror = () => {
      if (mine !== source) return;
      if (mine.readyState === EventSource.CLOSED) later();
      else state.value = 'lost';
    };
    for (const name of Object.keys(heard) as (keyof Events & string)[]) {
      mine.addEventListener(name, (e: MessageEvent<string>) =>
        heard[name](JSON.parse(e.data) as Events[typeof name]),
      );
    }
    mine.addEventListener('missed', () => options.anew?.());
    mine.addEventListener('ended', () => {
      stop();
      state.value = 'ended';
    });
  }

  watch(
    options.on ?? [],
    () => {
      state.value = 'opening';
      pause = firstPause;
      opened = false;
      open();
    },
    { immediate: true },
  );
  onScopeDispose(stop);
  return state;
}

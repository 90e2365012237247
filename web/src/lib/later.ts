/** Long work that was accepted: asks how it goes until it has ended. Leaving the page does not stop
 * the work, only the asking. */
import { onScopeDispose, watch, type WatchSource } from 'vue';
import { useAsked, type Asked } from './asking';
import { language } from './language';

export interface Going {
  state: string;
  steps: number;
  steps_done: number;
}

const pauseMs = 1500;

/** Asks of the work that `on` names until it is done or failed; `done` is called then. */
export function useLater<T extends Going>(
  ask: () => Promise<T>,
  on: WatchSource[],
  done: () => void,
): Asked<T> {
  const asked = useAsked(ask, [language, ...on]);
  let timer: number | undefined;
  watch(asked.waiting, (waiting) => {
    window.clearTimeout(timer);
    const now = asked.data.value;
    // the work goes on while the server is not reached
    if (waiting || !now) return;
    if (now.state === 'done') done();
    if (now.state !== 'done' && now.state !== 'failed') {
      timer = window.setTimeout(() => void asked.again(), pauseMs);
    }
  });
  onScopeDispose(() => window.clearTimeout(timer));
  return asked;
}

/** The whole city: asked for once, then as it changes; what is shown stays when the server is lost. */
import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue';
import { client, ok, Problem } from '@/api/client';
import type { components } from '@/api/schema';
import { cityNow } from '@/lib/city';
import { language } from '@/lib/language';
import { useStream, type StreamState } from '@/lib/stream';

export type City = components['schemas']['City'];
type CityChange = components['schemas']['CityChange'];
interface Events {
  state: City;
  change: CityChange;
  ended: { slug: string };
}

export interface Watched {
  city: Ref<City | undefined>;
  /** when it was told, by this browser's clock */
  toldAt: Ref<number>;
  state: Ref<StreamState>;
  /** since when nothing is heard, on the city's clock; "" while it is */
  lostAt: Ref<string>;
  problem: Ref<Problem | undefined>;
}

const retryMs = 10_000;

export function useCity(): Watched {
  const city = shallowRef<City>();
  const toldAt = ref(0);
  const lostAt = ref('');
  const problem = shallowRef<Problem>();
  const turn = ref(0);
  let timer: number | undefined;
  let gone = false;

  function take(part: City | CityChange): void {
    // only the stream's first event and the reply itself are whole
    city.value = city.value ? { ...city.value, ...part } : whole(part);
    toldAt.value = Date.now();
  }
  async function ask(): Promise<void> {
    window.clearTimeout(timer);
    try {
      take(await ok(client.GET('/api/v1/city')));
      problem.value = undefined;
    } catch (e) {
      if (!(e instanceof Problem)) throw e;
      problem.value = e;
      if (!gone && e.body.status !== 403) timer = window.setTimeout(() => void ask(), retryMs);
    }
  }

  const state = useStream<Events>(
    () => ({ path: '/api/v1/city/stream', query: { lang: language.value } }),
    {
      state: take,
      change: take,
      ended: () => (timer = window.setTimeout(() => turn.value++, retryMs)),
    },
    { on: [language, turn], anew: () => void ask() },
  );
  watch(
    state,
    (now) => {
      if (now === 'open') lostAt.value = '';
      else if (now !== 'opening' && !lostAt.value) lostAt.value = cityNow();
    },
    { immediate: true },
  );
  watch(language, ask, { immediate: true });
  onScopeDispose(() => {
    gone = true;
    window.clearTimeout(timer);
  });
  return { city, toldAt, state, lostAt, problem };
}

function whole(part: City | CityChange): City | undefined {
  return part.clouds && part.cases && part.load && part.load_day ? (part as City) : undefined;
}

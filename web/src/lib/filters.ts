/** A list's filters, kept in the page's address: they can be sent, marked and gone back to. */
import { nextTick, reactive, watch } from 'vue';
import { useRoute, useRouter, type Router } from 'vue-router';

export type Filters<K extends string> = Record<K, string | undefined>;

/** What is to be written into the address: a list's filters and its sort may change at once. */
let changes: Filters<string> | undefined;

function write(router: Router, path: string, change: Filters<string>): void {
  if (changes) {
    Object.assign(changes, change);
    return;
  }
  const mine: Filters<string> = { ...change };
  changes = mine;
  void nextTick(() => {
    changes = undefined;
    const here = router.currentRoute.value;
    if (here.path !== path) return;
    const query = { ...here.query };
    for (const [name, value] of Object.entries(mine)) {
      if (value) query[name] = value;
      else delete query[name];
    }
    void router.replace({ query });
  });
}

export function useFilters<K extends string>(...names: K[]): Filters<K> {
  const route = useRoute();
  const router = useRouter();
  const here = route.path;

  function fromAddress(): Filters<K> {
    const read = (name: K): string | undefined => {
      const value = route.query[name];
      return typeof value === 'string' && value !== '' ? value : undefined;
    };
    return Object.fromEntries(names.map((n) => [n, read(n)])) as Filters<K>;
  }

  const filters = reactive(fromAddress()) as Filters<K>;
  watch(
    () => names.map((n) => filters[n]),
    () => write(router, here, { ...filters }),
  );
  watch(
    () => route.query,
    () => {
      if (route.path === here) Object.assign(filters, fromAddress());
    },
  );
  return filters;
}

/** Takes the filters of a saved view; those it does not name are cleared. */
export function takeFilters<K extends string>(
  filters: Filters<K>,
  view: Record<string, string | number | boolean | undefined>,
): void {
  for (const name of Object.keys(filters) as K[]) {
    // a picker that was cleared leaves null
    const value = view[name] ?? '';
    filters[name] = value === '' ? undefined : String(value);
  }
}

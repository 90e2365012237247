/** The cart: what one means to apply for, kept while the window is open; one for each person. */
import { computed, ref, watch } from 'vue';
import { session } from '@/lib/session';

export interface CartLine {
  item: string;
  name: string;
  measure: string;
  step: number;
  quantity: number;
}

interface Cart {
  cloud: string;
  project: string;
  lines: CartLine[];
}

const most = 100;
const key = computed(() => `yh-cart-${session.value?.login ?? ''}`);

function isLine(x: unknown): x is CartLine {
  if (typeof x !== 'object' || x === null) return false;
  const line = x as Record<string, unknown>;
  return (
    typeof line['item'] === 'string' &&
    typeof line['name'] === 'string' &&
    typeof line['measure'] === 'string' &&
    typeof line['step'] === 'number' &&
    typeof line['quantity'] === 'number'
  );
}

function read(): Cart {
  const empty = { cloud: '', project: '', lines: [] };
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key.value) ?? 'null');
    if (typeof kept !== 'object' || kept === null) return empty;
    const { cloud, project, lines } = kept as Record<string, unknown>;
    return {
      cloud: typeof cloud === 'string' ? cloud : '',
      project: typeof project === 'string' ? project : '',
      lines: Array.isArray(lines) ? lines.filter(isLine).slice(0, most) : [],
    };
  } catch {
    return empty;
  }
}

export const cart = ref<Cart>(read());
watch(key, () => (cart.value = read()));
watch(cart, (now) => sessionStorage.setItem(key.value, JSON.stringify(now)), { deep: true });

export function put(item: { code: string; name: string; measure: string; step: number }): void {
  const had = cart.value.lines.find((l) => l.item === item.code);
  // quantities have three decimals at the most
  if (had) had.quantity = Math.round((had.quantity + item.step) * 1000) / 1000;
  else if (cart.value.lines.length < most) {
    const { code, name, measure, step } = item;
    cart.value.lines.push({ item: code, name, measure, step, quantity: step });
  }
}

export function drop(item: string): void {
  cart.value.lines = cart.value.lines.filter((l) => l.item !== item);
}

export function empty(): void {
  cart.value.lines = [];
}

/** Light, dark, or as the system says. public/theme.js sets the class before the first paint. */
import { ref, watchEffect } from 'vue';

export type Theme = 'auto' | 'light' | 'dark';

const key = 'yh-theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const systemDark = ref(system.matches);
system.addEventListener('change', (e) => (systemDark.value = e.matches));

function first(): Theme {
  const kept = localStorage.getItem(key);
  return kept === 'light' || kept === 'dark' ? kept : 'auto';
}

export const theme = ref<Theme>(first());
export const dark = ref(false);

watchEffect(() => {
  dark.value = theme.value === 'dark' || (theme.value === 'auto' && systemDark.value);
  document.documentElement.classList.toggle('dark', dark.value);
  if (theme.value === 'auto') localStorage.removeItem(key);
  else localStorage.setItem(key, theme.value);
});

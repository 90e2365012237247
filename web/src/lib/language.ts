/** Chinese first, English complete: the language chosen, kept in the browser. */
import { nextTick, ref } from 'vue';
import { createI18n } from 'vue-i18n';

export type Language = 'zh' | 'en';
/** texts by name, in groups */
interface Messages {
  [name: string]: string | Messages;
}

const key = 'yh-language';
const files = import.meta.glob<Messages>('../locales/*/*.json', { import: 'default' });

function first(): Language {
  const kept = localStorage.getItem(key);
  if (kept === 'zh' || kept === 'en') return kept;
  return navigator.language.toLowerCase().startsWith('en') ? 'en' : 'zh';
}

export const language = ref<Language>(first());
export const i18n = createI18n({
  legacy: false,
  locale: language.value,
  fallbackLocale: 'zh',
  messages: {} as Record<string, Messages>,
  missingWarn: false,
  fallbackWarn: false,
});

const loaded = new Set<Language>();

/** Each file locales/<language>/<room>.json is the room's messages: `t('case.title')`. */
async function load(to: Language): Promise<void> {
  if (loaded.has(to)) return;
  const wanted = Object.entries(files).filter(([path]) => path.includes(`/${to}/`));
  const rooms = await Promise.all(
    wanted.map(async ([path, get]) => [path.replace(/^.*\/|\.json$/g, ''), await get()] as const),
  );
  i18n.global.setLocaleMessage(to, Object.fromEntries(rooms));
  loaded.add(to);
}

export async function speak(to: Language): Promise<void> {
  await load(to);
  language.value = to;
  i18n.global.locale.value = to;
  localStorage.setItem(key, to);
  document.documentElement.lang = to === 'zh' ? 'zh-CN' : 'en';
  await nextTick();
}

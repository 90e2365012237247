/** Chinese first, English complete: the language chosen, kept in the browser. */
import { nextTick, ref, shallowRef } from 'vue';
import { createI18n } from 'vue-i18n';
import type { Language as Words } from 'element-plus/es/locale/index';
import type { Messages } from '@/locales/gathered';

export type Language = 'zh' | 'en';
const key = 'yh-language';
const files = {
  zh: () => import('@/locales/zh'),
  en: () => import('@/locales/en'),
};

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

/** what the parts of Element Plus say */
export const words = shallowRef<Words>();
const loaded = new Map<Language, Words>();

async function load(to: Language): Promise<void> {
  if (loaded.has(to)) return;
  const spoken = await files[to]();
  i18n.global.setLocaleMessage(to, spoken.messages);
  loaded.set(to, spoken.words);
}

export async function speak(to: Language): Promise<void> {
  await load(to);
  language.value = to;
  words.value = loaded.get(to);
  i18n.global.locale.value = to;
  localStorage.setItem(key, to);
  document.documentElement.lang = to === 'zh' ? 'zh-CN' : 'en';
  await nextTick();
}

/** Names of indicators and grades in the language chosen; clouds, by code and by id. */
import { computed, type ComputedRef } from 'vue';
import { client, ok } from '@/api/client';
import type { components } from '@/api/schema';
import { useAsked, type Asked } from '@/lib/asking';
import { language } from '@/lib/language';

export type Definition = components['schemas']['SchemeDefinition'];
export type Indicator = Definition['indicators'][number];
export type Cloud = components['schemas']['CloudList']['items'][number];

export function named(both: { zh: string; en: string }): string {
  return language.value === 'zh' ? both.zh : both.en;
}

export interface Clouds {
  asked: Asked<components['schemas']['CloudList']>;
  choices: ComputedRef<{ value: string; title: string }[]>;
  options: ComputedRef<{ value: string; label: string }[]>;
  nameOf: (idOrCode: string) => string;
  codeOf: (id: string) => string;
}

export function useClouds(): Clouds {
  const asked = useAsked(() => ok(client.GET('/api/v1/clouds')), [language]);
  const all = computed(() => asked.data.value?.items ?? []);
  return {
    asked,
    choices: computed(() => all.value.map((c) => ({ value: c.code, title: c.name }))),
    options: computed(() => all.value.map((c) => ({ value: c.code, label: c.name }))),
    nameOf: (key) => all.value.find((c) => c.id === key || c.code === key)?.name ?? key,
    codeOf: (id) => all.value.find((c) => c.id === id)?.code ?? id,
  };
}

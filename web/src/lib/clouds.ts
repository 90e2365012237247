/** The clouds one may choose from, by code and by id. */
import { computed, type ComputedRef } from 'vue';
import { client, ok } from '@/api/client';
import { useAsked } from './asking';
import { language } from './language';

export interface Clouds {
  /** for a filter of a list */
  choices: ComputedRef<{ value: string; title: string }[]>;
  /** for a field of a dialog */
  options: ComputedRef<{ value: string; label: string }[]>;
  /** code of the one that is shown until another is chosen; undefined until they are known */
  first: ComputedRef<string | undefined>;
  /** false while they are being read */
  known: ComputedRef<boolean>;
  nameOf: (idOrCode: string) => string;
  codeOf: (id: string) => string;
  /** a district by its own cloud, which bears its name */
  districtOf: (code: string) => string;
}

export function useClouds(): Clouds {
  const asked = useAsked(() => ok(client.GET('/api/v1/clouds')), [language]);
  const all = computed(() => asked.data.value?.items ?? []);
  return {
    choices: computed(() => all.value.map((c) => ({ value: c.code, title: c.name }))),
    options: computed(() => all.value.map((c) => ({ value: c.code, label: c.name }))),
    first: computed(() => all.value[0]?.code),
    known: computed(() => asked.data.value !== undefined),
    nameOf: (key) => all.value.find((c) => c.id === key || c.code === key)?.name ?? key,
    codeOf: (id) => all.value.find((c) => c.id === id)?.code ?? id,
    districtOf: (code) => all.value.find((c) => c.level === 'district' && c.district === code)?.name ?? code,
  };
}

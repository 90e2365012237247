/** Sensitivity labels of the pack, the lowest first, and which of them one is cleared for. */
import { computed, type ComputedRef } from 'vue';
import { client, ok } from '@/api/client';
import { useAsked } from './asking';
import { language } from './language';

type Label = { label: string; label_title: string; cleared: boolean; usual: boolean };

export interface Labels {
  /** none: the pack labels nothing, or they are not for one's eyes */
  labels: ComputedRef<Label[]>;
  options: ComputedRef<{ value: string; label: string }[]>;
}

export function useLabels(): Labels {
  const asked = useAsked(() => ok(client.GET('/api/v1/labels')), [language]);
  const labels = computed(() => asked.data.value?.items ?? []);
  return { labels, options: computed(() => labels.value.map((l) => ({ value: l.label, label: l.label_title }))) };
}

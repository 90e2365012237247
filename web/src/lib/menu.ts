/** What the menu shows at first: what one's roles work with every day, or what one put there oneself. */
import { computed, ref, watch } from 'vue';
import { groups, menuOf, type Page } from './rooms';
import { session } from './session';

/** Names of pages, in the order of a role's day; what the matrix does not open is passed over. */
const days: Partial<Record<string, string[]>> = {
  authority: ['inbox', 'cases', 'supervisions', 'overview', 'districts', 'capacity', 'duties', 'registers', 'reports', 'wall'],
  econ_info: ['inbox', 'cases', 'overview', 'allocation', 'capacity-plan', 'settlements', 'evaluations', 'duties', 'registers'],
  finance: ['inbox', 'cases', 'settlements', 'statements', 'capacity-plan', 'duties', 'registers'],
  oversight: ['inbox', 'operate', 'resources', 'findings', 'capacity', 'heatmap', 'districts', 'duties', 'registers'],
  operator: ['inbox', 'cases', 'operate', 'duties', 'resources', 'findings', 'orders', 'capacity', 'settlements', 'registers'],
  district_operator: ['inbox', 'cases', 'operate', 'projects', 'resources', 'findings', 'agents', 'districts', 'duties'],
  domain_unit: ['inbox', 'cases', 'projects', 'resources', 'findings', 'orders', 'capacity', 'statements', 'duties'],
  unit: ['inbox', 'file', 'cases', 'projects', 'resources', 'leases', 'findings', 'catalogue', 'bill', 'duties'],
  sponsor: ['inbox', 'file', 'cases', 'projects', 'resources', 'leases', 'findings', 'statements', 'duties'],
  provider: ['inbox', 'orders', 'clouds', 'cases', 'operate', 'statements', 'evaluations', 'duties'],
  assessor: ['inbox', 'cases', 'registers', 'duties'],
  sysadmin: ['inbox', 'jobs', 'backups', 'meter', 'links', 'clouds', 'orders', 'orgs', 'webhooks'],
  secadmin: ['inbox', 'acts', 'people', 'accounts', 'security', 'orgs', 'matrix'],
  auditor: ['inbox', 'audit', 'security', 'acts', 'people', 'settlements', 'reports', 'registers'],
  outside_auditor: ['cases', 'projects', 'resources', 'statements', 'settlements', 'reports', 'registers', 'evaluations'],
};
/** as many are taken in at a glance */
const glance = 12;

const key = (): string => `yh-menu-daily ${session.value?.login ?? ''}`;
/** one's own choice, remembered in this browser; undefined: what is usual for one's roles */
const chosen = ref<string[]>();
watch(
  () => session.value?.login,
  () => (chosen.value = localStorage.getItem(key())?.split(' ').filter(Boolean)),
  { immediate: true },
);

const all = computed(() => groups.flatMap((group) => menuOf(group)));

function usual(): Page[] {
  const names = new Set((session.value?.roles ?? []).flatMap((r) => days[r.role] ?? []));
  const known = [...names].flatMap((name) => all.value.find((p) => p.name === name) ?? []);
  return (known.length > 0 ? known : all.value).slice(0, glance);
}

/** Whether everything is shown at once. */
export const few = computed(() => all.value.length <= glance);
/** The pages that stand before all groups; none where all together are taken in at a glance. */
export const daily = computed<Page[]>(() => {
  if (few.value) return [];
  return chosen.value?.flatMap((name) => all.value.find((p) => p.name === name) ?? []) ?? usual();
});

/** Puts a page before the groups, or back among its own. */
export function toggleDaily(name: string): void {
  const now = daily.value.map((p) => p.name);
  chosen.value = now.includes(name) ? now.filter((n) => n !== name) : [...now, name];
  localStorage.setItem(key(), chosen.value.join(' '));
}

/** Back to what is usual. */
export function forgetDaily(): void {
  chosen.value = undefined;
  localStorage.removeItem(key());
}

/** Tells whether words say what is looked for; nothing looked for is said by none. */
export function saying(sought: string): (words: string) => boolean {
  const text = sought.trim().toLowerCase();
  return (words) => text !== '' && words.toLowerCase().includes(text);
}

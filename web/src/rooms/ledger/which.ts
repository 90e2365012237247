/** Which duties a list shows, said by the filters of the operation: an address or a kept view names nothing else. */
import { computed, type WritableComputedRef } from 'vue';
import { news } from '@/lib/account';
import type { Filters } from '@/lib/filters';
import { dayAfter } from '@/lib/month';

export type Which = 'open' | 'overdue' | 'soon' | 'reported' | 'done' | 'waived' | 'missed' | 'all';
export const whiches: Which[] = ['open', 'overdue', 'soon', 'reported', 'done', 'waived', 'missed', 'all'];
type Names = 'open' | 'overdue' | 'state' | 'due_before';

/** up to which day something is due soon, the server says */
const soonBefore = (): string | undefined => {
  const until = news.value?.inbox.soon_until;
  return until ? dayAfter(until) : undefined;
};
const isState = (text: string | undefined): text is Which => whiches.includes(text as Which);

/** What is not said is open. */
export function useWhich(filters: Filters<Names>): WritableComputedRef<Which | undefined> {
  return computed({
    get: () => {
      if (filters.overdue === 'true') return 'overdue';
      if (isState(filters.state)) return filters.state;
      if (filters.open === 'false') return 'all';
      return filters.due_before && filters.due_before === soonBefore() ? 'soon' : 'open';
    },
    set: (to) => {
      filters.overdue = to === 'overdue' ? 'true' : undefined;
      filters.state = to === 'reported' || to === 'done' || to === 'waived' || to === 'missed' ? to : undefined;
      filters.open = to === 'all' ? 'false' : to === 'open' || to === 'soon' ? 'true' : undefined;
      filters.due_before = to === 'soon' ? soonBefore() : undefined;
    },
  });
}

/** What is asked for: with nothing said about states, what is not ended. */
export function askedFor(filters: Filters<Names>): { open: string | undefined } {
  const { open, overdue, state } = filters;
  if (open === 'false') return { open: undefined };
  return { open: open ?? (overdue || state ? undefined : 'true') };
}

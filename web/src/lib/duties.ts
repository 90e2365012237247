/** Duties as lists and pages show them. */
import type { components } from '@/api/schema';

export type Duty = components['schemas']['Duty'];

export const ended = (d: Duty): boolean => d.ended_at !== null;

/** What its deadline is, for as long as it is owed. */
export function dueOf(d: Duty): { day: string; workdays_left: number; overdue: boolean } {
  return { day: d.due, workdays_left: d.workdays_left, overdue: d.overdue };
}

/** The look of its state; what is overdue shows it whatever the state. */
export function toneOf(d: Duty): string {
  if (d.overdue) return 'overdue';
  return { open: 'open', reported: 'reported', done: 'done', waived: 'ended', missed: 'lost' }[d.state];
}

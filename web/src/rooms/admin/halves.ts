/** Half of a one-time password: one is shown to who asks for an act, the other to who confirms it. */
import type { Secret } from '@/parts/action';

export function half(made: { one_time_half?: string }, about: string): Secret | undefined {
  return made.one_time_half ? { text: made.one_time_half, about } : undefined;
}

/** How an answer is marked: a tick beside a no would say the opposite. */
import type { CaseStep } from './shapes';

export type Nature = NonNullable<CaseStep['nature']>;
export const marks: Record<Nature, string> = { negative: '✗', neutral: '–', positive: '✓' };

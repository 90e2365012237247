/** A case as case.show tells it. */
import type { components } from '@/api/schema';

export type CaseShown = components['schemas']['Case'];
export type ShownStep = components['schemas']['CaseStep'];

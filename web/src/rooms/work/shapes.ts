/** What the server says of a case, of a step one may act on, and of what an action would do. */
import type { components } from '@/api/schema';

type Shapes = components['schemas'];
export type Case = Shapes['Case'];
export type Abroad = Shapes['CaseAbroad'];
export type CaseStep = Shapes['CaseStep'];
export type Check = Shapes['Check'];
export type Opening = Shapes['Opening'];
export type StepDetail = Shapes['StepShow'];
export type TriedFiling = Shapes['TriedFiling'];
export type TriedDecision = Shapes['TriedDecision'];
export type TriedOutcome = Shapes['TriedOutcome'];
export type WordUse = Shapes['WordUse'];
export type Procedure = Shapes['ProcedureShow'];

/** A reply to a dry run: asked for with ?dry_run=true, never what was done. */
export function triedOnly<R extends object>(reply: R): Extract<R, { dry_run: boolean }> {
  if (!('dry_run' in reply)) throw new Error('the server did what was only to be tried');
  return reply as Extract<R, { dry_run: boolean }>;
}

/** The case as it is after what was done. */
export function caseOnly<R extends object>(reply: R): Exclude<R, { dry_run: boolean }> {
  if ('dry_run' in reply) throw new Error('the server only tried what was to be done');
  return reply as Exclude<R, { dry_run: boolean }>;
}

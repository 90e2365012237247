/** What the server says of a case, of a step one may act on, and of what an action would do. */
import type { ProblemBody } from '@/api/client';
import type { Schema } from '@/parts/SchemaForm/schema';

export interface Due {
  day: string;
  workdays_left: number | null;
  overdue: boolean;
  provisional: boolean;
  in_principle: boolean;
}
export interface Party {
  code: string;
  name: string;
}
export interface Said {
  word: string;
  sentence: string;
  article: string | null;
}
export interface Check {
  check: string;
  title: string;
  moment: string;
  article: string | null;
  state: 'holds' | 'fails' | 'not_judged';
  state_title: string;
  slug: string | null;
  sentence: string;
  field: string | null;
  figures: Record<string, unknown>;
}
/** A step that would open, one for each desk. */
export interface Opens {
  step: string;
  title: string;
  kind_title: string;
  article: string | null;
  role: string;
  role_title: string;
  org: Party | null;
  period_text: string;
  source: string | null;
  due: Due | null;
}
export interface Reserve {
  dimension: string;
  dimension_title: string;
  quantity: string;
  from: string;
  until: string | null;
}
export interface DryFiling {
  accepted: boolean;
  problem: ProblemBody | null;
  checks: Check[];
  reserves: Reserve[];
  steps: Opens[];
  ends: string | null;
}
export interface DryOutcome {
  outcome: string;
  title: string;
  chosen: boolean;
  judged: boolean;
  accepted: boolean;
  problem: ProblemBody | null;
  effects: Said[];
  others_open: number;
  state: string | null;
  state_title: string | null;
  steps: Opens[];
}
export interface DryDecision {
  accepted: boolean;
  problem: ProblemBody | null;
  checks: Check[];
  outcomes: DryOutcome[];
}
export type Stage = 'handle' | 'review' | 'countersign';
export interface Opinion {
  stage: string;
  stage_title: string;
  person: string;
  org: Party | null;
  outcome_title: string;
  reason: string;
  at: string;
}
export interface Desk {
  role: string;
  role_title: string;
  org: Party | null;
  mine: boolean;
  opinions: Opinion[];
  wanted: Stage[];
}
export interface StepDetail {
  step: string;
  title: string;
  returns: boolean;
  reason_required: boolean;
  desks: Desk[];
  you: { decide: boolean; problem: ProblemBody | null; return: boolean; opine: Stage[] };
  outcomes: {
    outcome: string;
    title: string;
    positive: boolean;
    schema: Schema | null;
    effects: Said[];
    end_title: string | null;
  }[];
  checks: Check[];
}
/** A procedure as far as filing it needs. */
export interface Filing {
  procedure: string;
  title: string;
  article: string;
  about: string;
  about_title: string | null;
  checks: Said[];
  form: Schema | null;
}

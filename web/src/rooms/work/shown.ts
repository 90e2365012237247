/** A case as case.show tells it. */
import type { Due, Party } from './shapes';

export interface ShownStep {
  step: string;
  title: string;
  kind: string;
  kind_title: string;
  role: string;
  role_title: string;
  org?: Party;
  opened_at: string;
  closed_at: string | null;
  outcome: string;
  outcome_title: string;
  reason: string;
  period: string;
  article: string;
  due?: Due | null;
  you_may?: string[];
  you_may_titles?: string[];
  late?: boolean;
  says?: { field: string; title: string; text: string }[];
}
export interface CaseShown {
  id: string;
  no: string;
  procedure: string;
  procedure_title: string;
  article: string;
  title: string;
  state: string;
  state_title: string;
  filed_by: string;
  filed_by_title: string;
  version: number;
  filed_at: string;
  ended_at: string | null;
  answer_due: string | null;
  unit?: Party;
  project?: Party;
  about?: string;
  finding?: string;
  statement?: string;
  settlement?: string;
  evaluation?: string;
  result?: string;
  edition?: string;
  scheme?: string;
  form: Record<string, unknown>;
  says?: { field: string; title: string; text: string }[];
  later: { no: string; procedure: string; state: string; state_title: string }[];
  steps: ShownStep[];
  resources: { id: string; no: string; name: string; kind_title: string; state: string; state_title: string; provider_ref: string }[];
}

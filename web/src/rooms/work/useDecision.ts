/** Deciding a step: what it asks, what an answer would do, and the answer itself. */
import { computed, reactive, ref, watch, type ComputedRef, type Ref } from 'vue';
import { client, etagOf, idempotencyKey, ok, type ProblemBody } from '@/api/client';
import { useAsked } from '@/lib/asking';
import { useActing, type Acting } from '@/lib/act';
import { language } from '@/lib/language';
import { useSoon } from '@/lib/soon';
import { asSchema, missing, sent, type JsonObject, type Schema } from '@/parts/SchemaForm/schema';
import { triedOnly, type CaseStep, type StepDetail, type TriedDecision } from './shapes';
import { useTrial } from './trial';

export interface Choice {
  outcome: string;
  title: string;
  schema: Schema | null;
  positive: boolean;
}
export interface Answer {
  outcome: string;
  reason: string;
  form: JsonObject;
  defects: string[];
  /** ids */
  documents: string[];
}
export interface Decision {
  detail: Ref<StepDetail | undefined>;
  choices: ComputedRef<Choice[]>;
  chosen: ComputedRef<Choice | undefined>;
  answer: Answer;
  dry: Ref<TriedDecision | undefined>;
  asking: Ref<boolean>;
  errors: ComputedRef<ReadonlyMap<string, string>>;
  refused: ComputedRef<ProblemBody | undefined>;
  acting: Acting;
  send: () => Promise<boolean>;
}

/** Problems name fields of the request; those of the form begin with /form. */
export function fieldErrors(problem: ProblemBody | null | undefined, unfilled: string[], must: string): Map<string, string> {
  const errors = new Map(unfilled.map((at) => [at, must]));
  const field = problem?.field;
  if (problem && field?.startsWith('/form/')) errors.set(field.slice('/form'.length), problem.title);
  return errors;
}

export function useDecision(
  where: () => { no: string; version: number; step: CaseStep },
  must: () => string,
): Decision {
  const path = (): { case: string; step: string } => ({ case: where().no, step: where().step.step });
  const detail = useAsked<StepDetail>(
    () => ok(client.GET('/api/v1/cases/{case}/steps/{step}', { params: { path: path() } })),
    [language, () => where().version],
  );
  const answer = reactive<Answer>({ outcome: '', reason: '', form: {}, defects: [''], documents: [] });
  const { dry, notTried, asking, attempt } = useTrial<TriedDecision>();
  const tried = ref(false);
  const acting = useActing();
  let key = idempotencyKey();

  const choices = computed<Choice[]>(() =>
    (where().step.you_may ?? []).map((outcome, i) => {
      const told = detail.data.value?.outcomes.find((o) => o.outcome === outcome);
      return {
        outcome,
        title: where().step.you_may_titles?.[i] ?? outcome,
        schema: asSchema(told?.schema),
        positive: told?.positive ?? false,
      };
    }),
  );
  const chosen = computed(() => choices.value.find((c) => c.outcome === answer.outcome));
  const unfilled = computed(() =>
    chosen.value?.schema ? missing(chosen.value.schema, answer.form) : [],
  );
  /** that something is not filled in yet is said when one sends, not while one writes */
  const wouldRefuse = computed(() => {
    const problem = notTried.value?.body ?? dry.value?.problem ?? undefined;
    const early = unfilled.value.length > 0 || problem?.slug === 'reason-missing';
    return early && !tried.value ? undefined : problem;
  });
  const refused = computed(() => acting.problem.value?.body ?? wouldRefuse.value);
  const errors = computed(() =>
    fieldErrors(refused.value, tried.value ? unfilled.value : [], must()),
  );

  function body(): { outcome: string; reason?: string; form?: JsonObject; documents?: string[] } {
    const schema = chosen.value?.schema;
    const form = schema ? (sent(schema, answer.form) as JsonObject | undefined) : undefined;
    const documents = answer.documents.length > 0 ? answer.documents : undefined;
    return { outcome: answer.outcome, reason: answer.reason.trim() || undefined, form, documents };
  }

  async function asTried(): Promise<TriedDecision> {
    const params = { path: path(), query: { dry_run: true } };
    const post = client.POST('/api/v1/cases/{case}/steps/{step}/decision', { params, body: body() });
    return triedOnly(await ok(post));
  }
  const preview = (): Promise<void> =>
    attempt(detail.data.value && chosen.value && answer.outcome !== 'return' ? asTried : undefined);
  const soon = useSoon(() => void preview());
  watch(
    () => [answer.outcome, answer.reason, answer.form, answer.defects, answer.documents, detail.data.value],
    () => {
      key = idempotencyKey();
      acting.problem.value = undefined;
      soon();
    },
    { deep: true },
  );

  async function send(): Promise<boolean> {
    tried.value = true;
    if (!chosen.value || (unfilled.value.length > 0 && answer.outcome !== 'return')) return false;
    const header = { 'If-Match': etagOf(where().version), 'Idempotency-Key': key };
    const params = { path: path(), header };
    return acting.run(async () => {
      if (answer.outcome === 'return') {
        const defects = answer.defects.map((d) => d.trim()).filter(Boolean);
        await ok(client.POST('/api/v1/cases/{case}/steps/{step}/return', { params, body: { defects } }));
      } else {
        await ok(client.POST('/api/v1/cases/{case}/steps/{step}/decision', { params, body: body() }));
      }
    });
  }

  return { detail: detail.data, choices, chosen, answer, dry, asking, errors, refused, acting, send };
}

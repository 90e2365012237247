/** Several steps decided alike, one after the other. The run outlives the page: one may leave it. */
import { ref, shallowRef, watch } from 'vue';
import { client, etagOf, idempotencyKey, ok, Problem, type ProblemBody } from '@/api/client';
import { session } from '@/lib/session';
import type { InboxStep } from './inbox';
import { triedOnly } from './shapes';

export type LineState = 'checking' | 'would' | 'would_not' | 'running' | 'done' | 'failed' | 'left';
export interface Line {
  step: InboxStep;
  state: LineState;
  problem?: ProblemBody | undefined;
}
export interface Run {
  outcome: string;
  title: string;
  reason: string;
  lines: Line[];
}

/** The run that goes on, or the last one until it is put away. */
export const bulk = shallowRef<Run>();
export const running = ref(false);
let halt = false;

// whoever signs in next has not decided it
watch(
  () => session.value?.person,
  () => {
    halt = true;
    if (!running.value) bulk.value = undefined;
  },
);

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

function refusal(e: unknown): ProblemBody {
  if (!(e instanceof Problem)) throw e;
  return e.body;
}

/** What each would come to; `told` is called as they are known, and ends it by answering false. */
export async function tryAll(
  steps: InboxStep[],
  outcome: string,
  reason: string,
  told: (lines: Line[]) => boolean,
): Promise<void> {
  const lines: Line[] = steps.map((step) => ({ step, state: 'checking' }));
  for (const line of lines) {
    const path = { case: line.step.no, step: line.step.step };
    const body = { outcome, reason };
    try {
      const params = { path, query: { dry_run: true } };
      const reply = triedOnly(
        await ok(client.POST('/api/v1/cases/{case}/steps/{step}/decision', { params, body })),
      );
      line.state = reply.accepted ? 'would' : 'would_not';
      line.problem = reply.problem ?? undefined;
    } catch (e) {
      line.state = 'would_not';
      line.problem = refusal(e);
    }
    if (!told([...lines])) return;
  }
}

/** A new one each time: what is shown follows what is another than before. */
function show(run: Run): void {
  bulk.value = { ...run, lines: run.lines.map((line) => ({ ...line })) };
}

export async function decideAll(run: Run): Promise<void> {
  if (running.value) return;
  show(run);
  running.value = true;
  halt = false;
  window.addEventListener('beforeunload', warn);
  try {
    for (const line of run.lines) {
      if (halt) line.state = 'left';
      else await decideOne(run, line);
      show(run);
    }
  } finally {
    running.value = false;
    window.removeEventListener('beforeunload', warn);
  }
}

async function decideOne(run: Run, line: Line): Promise<void> {
  line.state = 'running';
  show(run);
  const path = { case: line.step.no, step: line.step.step };
  // what was tried is what is decided: not if the case has become another since
  const header = { 'If-Match': etagOf(line.step.version), 'Idempotency-Key': idempotencyKey() };
  const body = { outcome: run.outcome, reason: run.reason };
  try {
    await ok(client.POST('/api/v1/cases/{case}/steps/{step}/decision', { params: { path, header }, body }));
    line.state = 'done';
  } catch (e) {
    line.state = 'failed';
    line.problem = refusal(e);
  }
}

/** Stops after the one that is being decided. */
export function stopBulk(): void {
  halt = true;
}

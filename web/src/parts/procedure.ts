/** A procedure as a drawing: boxes one below the other, lines between them, and the same in words. */
import type { useI18n } from 'vue-i18n';
import type { components } from '@/api/schema';
import { listed } from '@/lib/joined';

type Translate = ReturnType<typeof useI18n>['t'];

type Shapes = components['schemas'];
type DrawnStep = Shapes['ProcedureStep'];
export type DrawnProcedure = Pick<
  Shapes['ProcedureShow'],
  'procedure' | 'title' | 'filers' | 'started_by' | 'steps'
>;
/** A step of a case, as case.show tells it. */
export type CaseStep = Pick<
  Shapes['CaseStep'],
  'step' | 'closed_at' | 'outcome' | 'outcome_title' | 'org'
>;

type At = 'passed' | 'here' | 'skipped' | 'ahead';
interface Box {
  key: string;
  kind: string;
  at: string;
  x: number;
  y: number;
  width: number;
  height: number;
  round: number;
  texts: string[];
  /** how many of them are the title */
  heads: number;
  mark: string;
}
interface Line {
  key: string;
  kind: 'yes' | 'no';
  path: string;
  text: string;
  x: number;
  y: number;
  anchor: 'start' | 'middle';
}
export interface Picture {
  width: number;
  height: number;
  boxes: Box[];
  lines: Line[];
  told: string[];
}

const left = 12;
const boxWidth = 360;
const gap = 44;
const lineHeight = 19;
const endLeft = left + boxWidth + 130;
const endWidth = 150;
/** how many wide characters fit beside the padding; a Latin one is about half of it */
const room = 25;

function widthOf(text: string): number {
  return [...text].reduce((sum, c) => sum + (c.charCodeAt(0) > 0x2e7f ? 1 : 0.54), 0);
}

/** Breaks a text into lines that fit the box; words of Latin letters stay whole. */
export function wrapped(text: string, fits = room): string[] {
  const lines: string[] = [];
  let line = '';
  for (const piece of text.match(/[\u2e80-\uffff]|[^\u2e80-\uffff\s]+\s*|\s+/g) ?? []) {
    if (line && widthOf(line + piece.trimEnd()) > fits) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += piece;
  }
  if (line.trim()) lines.push(line.trimEnd());
  return lines;
}

function placeOf(name: string, steps: CaseStep[] | undefined, state: string | undefined, later: boolean): At {
  const desks = steps?.filter((s) => s.step === name) ?? [];
  if (desks.some((d) => d.closed_at === null)) return 'here';
  if (desks.length > 0) return 'passed';
  if (!steps || (state === 'open' && !later)) return 'ahead';
  return state === 'open' || state === 'closed' ? 'skipped' : 'ahead';
}

function conditions(step: DrawnStep, t: Translate): string[] {
  return [
    ...step.when.map((w) => t('procedure.when', { what: w.sentence })),
    ...step.unless.map((w) => t('procedure.unless', { what: w.sentence })),
  ];
}

function clockOf(step: DrawnStep, t: Translate): string {
  if (step.waits_text) return t('procedure.waits', { time: step.waits_text });
  if (!step.clock) return t('procedure.noClock');
  const principle = step.clock.in_principle ? t('due.inPrinciple') : '';
  const within = t('procedure.within', { time: step.clock.text, source: step.clock.source_title });
  return principle.startsWith('(') ? `${within} ${principle}` : within + principle;
}

function who(step: DrawnStep): string {
  return listed(step.bodies.map((b) => b.title));
}

function textsOf(step: DrawnStep, desks: CaseStep[], t: Translate): string[] {
  const lines = [
    ...wrapped(step.title, room - 6),
    ...wrapped([step.kind_title, who(step)].filter(Boolean).join(' · ')),
    ...wrapped(clockOf(step, t)),
    ...conditions(step, t).flatMap((c) => wrapped(c)),
  ];
  if (step.silence_title) lines.push(...wrapped(t('procedure.silence', { outcome: step.silence_title })));
  for (const d of desks) {
    const name = d.org?.name ?? '';
    if (d.closed_at) lines.push(...wrapped(t('procedure.answered', { org: name, outcome: d.outcome_title })));
    else lines.push(...wrapped(t('procedure.waitsFor', { org: name })));
  }
  return lines;
}

function marks(t: Translate): Record<At, string> {
  return {
    passed: `✓ ${t('procedure.passed')}`,
    here: `➤ ${t('procedure.here')}`,
    skipped: `– ${t('procedure.skipped')}`,
    ahead: '',
  };
}

function told(step: DrawnStep, at: At, t: Translate): string {
  const outcomes = step.outcomes
    .map((o) => t('procedure.leadsTo', { outcome: o.title, to: o.end_title ?? t('procedure.goesOn') }))
    .join(t('procedure.and'));
  const parts = [step.title, who(step), clockOf(step, t), ...conditions(step, t), outcomes];
  const where = marks(t)[at];
  return [...(where ? [where] : []), ...parts.filter(Boolean)].join(t('procedure.comma'));
}

interface Placed {
  step: DrawnStep;
  at: At;
  box: Box;
}

function placed(p: DrawnProcedure, steps: CaseStep[] | undefined, state: string | undefined, t: Translate): Placed[] {
  let y = 12 + 40 + gap;
  const reached = p.steps.map((s) => steps?.some((x) => x.step === s.step) ?? false);
  return p.steps.map((step, i) => {
    const at = placeOf(step.step, steps, state, reached.slice(i + 1).some(Boolean));
    const texts = textsOf(step, steps?.filter((s) => s.step === step.step) ?? [], t);
    const away = step.outcomes.filter((o) => o.end).length;
    const height = Math.max(texts.length * lineHeight + 16, away * 48);
    const maybe = step.when.length + step.unless.length > 0 ? 'maybe' : '';
    const box = {
      key: step.step,
      kind: `of-step ${maybe}`,
      at,
      x: left,
      y,
      width: boxWidth,
      height,
      round: 6,
      texts,
      heads: wrapped(step.title, room - 6).length,
      mark: marks(t)[at],
    };
    y += height + gap;
    return { step, at, box };
  });
}

function end(key: string, kind: string, y: number, x: number, text: string, mark = ''): Box {
  const texts = wrapped(text, 9);
  const height = texts.length * lineHeight + 16;
  return { key, kind, at: '', x, y, width: endWidth, height, round: 20, texts, heads: texts.length, mark };
}

/** What leads straight on, and what ends the case or goes elsewhere, from each step. */
export function drawn(
  p: DrawnProcedure,
  steps: CaseStep[] | undefined,
  state: string | undefined,
  t: Translate,
): Picture {
  const begin = listed([...p.filers.map((f) => f.title), ...p.started_by.map((s) => s.sentence)]);
  const list = placed(p, steps, state, t);
  const startTexts = wrapped(t('procedure.begins', { who: begin }), room - 3);
  const start: Box = {
    key: ' start', kind: 'start', at: '', x: left, y: 12, width: boxWidth,
    height: startTexts.length * lineHeight + 16, round: 20, texts: startTexts, heads: startTexts.length, mark: '',
  };
  const shift = start.height - 40;
  for (const { box } of list) box.y += shift;
  const boxes: Box[] = [start, ...list.map((s) => s.box)];
  const lines: Line[] = [];
  const last = boxes[boxes.length - 1] ?? start;
  const done = end(' done', 'end', last.y + last.height + gap, left + (boxWidth - endWidth) / 2, t('procedure.closed'),
    state === 'closed' ? '✓' : '');
  const middle = left + boxWidth / 2;
  const down = (from: Box, to: Box, key: string, text: string): void => {
    lines.push({
      key, kind: 'yes', path: `M${middle} ${from.y + from.height}V${to.y}`, text,
      x: middle + 8, y: from.y + from.height + gap / 2 + 4, anchor: 'start',
    });
  };
  down(start, boxes[1] ?? done, ' begin', '');
  list.forEach(({ step, box }, i) => {
    const after = list[i + 1]?.box ?? done;
    const on = step.outcomes.filter((o) => !o.end || (o.end === 'closed' && after === done));
    down(box, after, step.step, on.map((o) => o.title).join(' / '));
    const away = step.outcomes.filter((o) => !on.includes(o));
    away.forEach((o, n) => {
      const y = box.y + 22 + n * 48;
      const there = end(`${step.step} ${o.outcome}`, 'end', y - 17, endLeft, o.end_title ?? '');
      boxes.push(there);
      lines.push({
        key: `${step.step} ${o.outcome}`, kind: 'no', path: `M${left + boxWidth} ${y}H${endLeft}`, text: o.title,
        x: left + boxWidth + 62, y: y - 6, anchor: 'middle',
      });
    });
  });
  boxes.push(done);
  const height = Math.max(...boxes.map((b) => b.y + b.height)) + 12;
  const width = boxes.some((b) => b.x === endLeft) ? endLeft + endWidth + 12 : left + boxWidth + 12;
  const words = [startTexts.join(''), ...list.map((s) => told(s.step, s.at, t)), t('procedure.closed')];
  return { width, height, boxes, lines, told: words };
}

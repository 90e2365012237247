/** A history as lines of a chart: what was not measured stays a gap. */
import { wallMs } from '@/lib/city';
import { apart, real, type Panel, type Real } from './metrics';

export interface Bucket {
  from: string;
  metric: string;
  labels: Record<string, string>;
  count: number;
  mean: Real;
  max: Real;
  rise: Real;
}

export interface History {
  from: string;
  to: string;
  step_seconds: number;
  items: Bucket[];
}

export interface Line {
  part: string;
  label: string;
  /** a size that is told now and then, not a use */
  steady: boolean;
  points: [number, number | null][];
  known: number;
  mean: number;
  max: number;
  /** share of the steps that have any sample */
  coverage: number;
}

type Wanted = Panel['metrics'][number];

function lineOf(wanted: Wanted, label: string, items: Bucket[], history: History): Line {
  const { part, steady = false } = wanted;
  const rate = wanted.of === 'rise';
  const step = history.step_seconds * 1000;
  const points: [number, number | null][] = [];
  let before = NaN;
  let sum = 0;
  let max = 0;
  for (const b of items) {
    const at = wallMs(b.from);
    if (!steady && at - before > step * 1.5) points.push([before + step, null]);
    const value = rate ? real(b.rise) / history.step_seconds : real(b.mean);
    points.push([at, value]);
    sum += value;
    max = Math.max(max, rate ? value : real(b.max));
    before = at;
  }
  const whole = Math.max(1, Math.ceil((wallMs(history.to) - wallMs(history.from)) / step));
  return {
    part,
    label,
    steady,
    points,
    known: items.length,
    mean: sum / items.length,
    max,
    coverage: items.length / whole,
  };
}

export function linesOf(panel: Panel, history: History): Line[] {
  const lines: Line[] = [];
  const drawn = new Set<string>();
  for (const wanted of panel.metrics) {
    if (drawn.has(wanted.part)) continue;
    const series = new Map<string, Bucket[]>();
    for (const b of history.items) {
      if (b.metric !== wanted.metric) continue;
      const key = apart(b.labels);
      const had = series.get(key);
      if (had) had.push(b);
      else series.set(key, [b]);
    }
    if (series.size === 0) continue;
    drawn.add(wanted.part);
    for (const [label, items] of series) {
      lines.push(lineOf(wanted, label, items, history));
    }
  }
  return lines;
}

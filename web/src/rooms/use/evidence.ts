/** The curves that a finding keeps, as lines of a chart. */
import type { components } from '@/api/schema';
import { wallMs } from '@/lib/city';

type Curve = components['schemas']['Curve'];
type Condition = components['schemas']['WatchCondition'];
type Point = [number, number | null];

export interface CurveLine {
  key: 'mean' | 'max' | 'rise';
  bars: boolean;
  points: Point[];
}

const dayMs = 86400000;
const num = (x: unknown): number | null => (typeof x === 'number' ? x : null);

/** A kept time is a day, or an hour with its offset; days are put at noon. */
function when(x: unknown): number {
  const text = String(x);
  return wallMs(text.length === 10 ? `${text}T12:00:00Z` : text);
}

const wideOf = (step: string): number => (step.endsWith('d') ? dayMs : dayMs / 24);

function withGaps(points: Point[], step: string): Point[] {
  const wide = wideOf(step);
  const out: Point[] = [];
  let before = NaN;
  for (const p of points) {
    if (p[0] - before > wide * 1.5) out.push([before + wide, null]);
    out.push(p);
    before = p[0];
  }
  return out;
}

/** The series that speaks: a machine may have several network cards, the busiest decides. */
function busiest(curve: Curve | undefined): unknown[][] {
  const sum = (points: unknown[][]): number =>
    points.reduce((n, p) => n + (num(p[1]) ?? 0), 0);
  return [...(curve?.series ?? [])].map((s) => s.points).sort((a, b) => sum(b) - sum(a))[0] ?? [];
}

export function curvesOf(condition: Condition, curves: Curve[]): CurveLine[] {
  const curve = curves.find((c) => c.metric === condition.metric);
  const points = busiest(curve);
  if (!curve || points.length === 0) return [];
  const rising = points[0]?.length === 3;
  if (rising) {
    // told by the day or hour, judged by the second
    const seconds = wideOf(curve.step) / 1000;
    const bySecond = (n: number | null): number | null => (n === null ? null : n / seconds);
    return [{ key: 'rise', bars: true, points: points.map((p): Point => [when(p[0]), bySecond(num(p[1]))]) }];
  }
  const whole = condition.of ? curves.find((c) => c.metric === condition.of) : undefined;
  const of = new Map(busiest(whole).map((p) => [String(p[0]), num(p[1])]));
  const share = (p: unknown[], at: number): number | null => {
    const value = num(p[at]);
    if (!condition.of || value === null) return value;
    const total = of.get(String(p[0]));
    return total ? value / total : null;
  };
  const line = (key: 'mean' | 'max', at: number): CurveLine => ({
    key,
    bars: false,
    points: withGaps(
      points.map((p): Point => [when(p[0]), share(p, at)]),
      curve.step,
    ),
  });
  return [line('mean', 1), line('max', 2)];
}

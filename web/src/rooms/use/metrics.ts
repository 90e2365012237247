/** The meter's figures as people read them: which belong together, how they are written. */
import { number, percent } from '@/lib/format';

/** A figure as the API writes it: JSON has no number for what is none. */
export type Real = number | 'NaN' | '+Inf' | '-Inf';

export const real = (x: Real): number => (typeof x === 'number' ? x : NaN);

export interface Sample {
  resource?: string;
  metric: string;
  labels: Record<string, string>;
  measure: string;
  at: string;
  value: Real;
}

const steps = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

export function bytes(n: number): string {
  let value = Math.abs(n);
  let at = 0;
  while (value >= 1024 && at < steps.length - 1) {
    value /= 1024;
    at++;
  }
  // what is little is not nothing
  const digits = value > 0 && value < 0.01 ? 4 : value < 10 ? 2 : 1;
  return `${n < 0 ? '-' : ''}${number(value, digits)} ${steps[at] ?? ''}`;
}

export function figure(given: Real, measure: string): string {
  const value = real(given);
  if (!Number.isFinite(value)) return '—';
  if (measure === 'ratio') return percent(value);
  if (measure === 'bytes') return bytes(value);
  if (measure === 'bytes/s') return `${bytes(value)}/s`;
  return number(value, 3);
}

/**
 * One chart: what is drawn in it, in this order; a total is drawn by what it rises a second, what
 * is steady (a size, told now and then) as a line through what is known of it.
 */
export interface Panel {
  key: string;
  metrics: { metric: string; of?: 'mean' | 'rise'; part: string; steady?: boolean }[];
  measure: string;
}

export const panels: Panel[] = [
  {
    key: 'cpu',
    measure: 'ratio',
    metrics: [{ metric: 'resource_cpu_usage_ratio', part: 'usage' }],
  },
  {
    key: 'memory',
    measure: 'bytes',
    metrics: [
      { metric: 'resource_memory_used_bytes', part: 'used' },
      { metric: 'resource_memory_total_bytes', part: 'total', steady: true },
    ],
  },
  {
    key: 'network',
    measure: 'bytes/s',
    metrics: [
      { metric: 'resource_network_receive_bytes_per_second', part: 'receive' },
      { metric: 'resource_network_transmit_bytes_per_second', part: 'transmit' },
      { metric: 'resource_network_receive_bytes_total', of: 'rise', part: 'receive' },
      { metric: 'resource_network_transmit_bytes_total', of: 'rise', part: 'transmit' },
    ],
  },
  {
    key: 'disk',
    measure: 'bytes/s',
    metrics: [
      { metric: 'resource_disk_read_bytes_per_second', part: 'read' },
      { metric: 'resource_disk_written_bytes_per_second', part: 'write' },
      { metric: 'resource_disk_read_bytes_total', of: 'rise', part: 'read' },
      { metric: 'resource_disk_written_bytes_total', of: 'rise', part: 'write' },
    ],
  },
];

/** The labels that tell series of one metric apart. */
export function apart(labels: Record<string, string>): string {
  return ['device', 'mountpoint', 'provider']
    .map((name) => labels[name])
    .filter(Boolean)
    .join(' ');
}

/** The top of an axis and the way between its marks, so that they fall on round figures. */
export function axisOf(measure: string, most: number): { max: number; interval: number } {
  if (!(most > 0)) return { max: 1, interval: 0.25 };
  if (measure === 'ratio') {
    const tops = [0.04, 0.1, 0.2, 0.4, 0.6, 0.8, 1];
    const max = tops.find((n) => n >= most) ?? Math.ceil(most * 2) / 2;
    return { max, interval: max / (max === 0.6 ? 3 : 4) };
  }
  if (most < 1) {
    const tenth = 10 ** Math.floor(Math.log10(most));
    const max = ([1, 2, 4, 6, 8, 10].find((n) => n * tenth >= most) ?? 10) * tenth;
    return { max, interval: max / 2 };
  }
  const unit = 1024 ** Math.max(0, Math.floor(Math.log(most) / Math.log(1024)));
  const tops = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024];
  const max = (tops.find((n) => n * unit >= most) ?? 1024) * unit;
  return { max, interval: max / 4 };
}

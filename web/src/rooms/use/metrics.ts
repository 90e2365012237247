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
  return `${n < 0 ? '-' : ''}${number(value, value < 10 ? 2 : 1)} ${steps[at] ?? ''}`;
}

export function figure(given: Real, measure: string): string {
  const value = real(given);
  if (!Number.isFinite(value)) return '—';
  if (measure === 'ratio') return percent(value);
  if (measure === 'bytes') return bytes(value);
  if (measure === 'bytes/s') return `${bytes(value)}/s`;
  return number(value, 3);
}

/** One chart: what is drawn in it, in this order; a total is drawn by what it rises a second. */
export interface Panel {
  key: string;
  metrics: { metric: string; of?: 'mean' | 'rise'; measure: string; part: string }[];
  measure: string;
}

export const panels: Panel[] = [
  {
    key: 'cpu',
    measure: 'ratio',
    metrics: [{ metric: 'resource_cpu_usage_ratio', measure: 'ratio', part: 'usage' }],
  },
  {
    key: 'memory',
    measure: 'bytes',
    metrics: [
      { metric: 'resource_memory_used_bytes', measure: 'bytes', part: 'used' },
      { metric: 'resource_memory_total_bytes', measure: 'bytes', part: 'total' },
    ],
  },
  {
    key: 'network',
    measure: 'bytes/s',
    metrics: [
      { metric: 'resource_network_receive_bytes_per_second', measure: 'bytes/s', part: 'receive' },
      { metric: 'resource_network_transmit_bytes_per_second', measure: 'bytes/s', part: 'transmit' },
      { metric: 'resource_network_receive_bytes_total', of: 'rise', measure: 'bytes/s', part: 'receive' },
      { metric: 'resource_network_transmit_bytes_total', of: 'rise', measure: 'bytes/s', part: 'transmit' },
    ],
  },
  {
    key: 'disk',
    measure: 'bytes/s',
    metrics: [
      { metric: 'resource_disk_read_bytes_per_second', measure: 'bytes/s', part: 'read' },
      { metric: 'resource_disk_written_bytes_per_second', measure: 'bytes/s', part: 'write' },
      { metric: 'resource_disk_read_bytes_total', of: 'rise', measure: 'bytes/s', part: 'read' },
      { metric: 'resource_disk_written_bytes_total', of: 'rise', measure: 'bytes/s', part: 'write' },
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

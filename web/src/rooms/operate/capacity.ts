/** A cloud's capacity by dimension: what there is, what was granted, taken, and what runs. */
import { client, ok } from '@/api/client';
import type { components } from '@/api/schema';
import { everyAllocation } from '@/lib/allocation';
import { mayDo } from '@/lib/session';

type Sample = components['schemas']['MeterCapacity']['items'][number];

export interface Line {
  dimension: string;
  title: string;
  capacity: number | null;
  running: number | null;
  quota: number;
  allocated: number;
  reserved: number;
}

export interface Host {
  name: string;
  up: boolean | null;
  cores: number | null;
  cpu: number | null;
  memory: number | null;
  memoryUsed: number | null;
}

export interface Capacity {
  lines: Line[];
  hosts: Host[];
  pools: { name: string; size: number | null; used: number | null }[];
  alarms: { severity: string; count: number }[];
}

const label = (s: Sample, name: string): string => {
  const value = s.labels[name];
  return typeof value === 'string' ? value : '';
};
const figure = (s: Sample | undefined): number | null => (typeof s?.value === 'number' ? s.value : null);

/** The samples of each value of a label, by metric. */
function grouped(samples: Sample[], name: string, prefix: string): Map<string, Map<string, Sample>> {
  const groups = new Map<string, Map<string, Sample>>();
  for (const s of samples) {
    const key = label(s, name);
    if (!key || !s.metric.startsWith(prefix)) continue;
    const group = groups.get(key) ?? new Map<string, Sample>();
    group.set(s.metric, s);
    groups.set(key, group);
  }
  return groups;
}

function linesOf(samples: Sample[], granted: Awaited<ReturnType<typeof everyAllocation>>): Line[] {
  const lines = new Map<string, Line>();
  const lineOf = (dimension: string, title: string): Line => {
    const line = lines.get(dimension) ?? { dimension, title, capacity: null, running: null, quota: 0, allocated: 0, reserved: 0 };
    lines.set(dimension, line);
    return line;
  };
  for (const g of granted.items) {
    const line = lineOf(g.dimension, g.dimension_title);
    line.quota += g.quota;
    line.allocated += g.allocated;
    line.reserved += g.reserved;
  }
  for (const [dimension, group] of grouped(samples, 'dimension', 'platform_capacity')) {
    const line = lineOf(dimension, '');
    line.capacity = figure(group.get('platform_capacity'));
    line.running = figure(group.get('platform_capacity_used'));
  }
  return [...lines.values()];
}

export async function capacityOf(cloud: string | undefined): Promise<Capacity> {
  if (!cloud) return { lines: [], hosts: [], pools: [], alarms: [] };
  const [measured, granted] = await Promise.all([
    ok(client.GET('/api/v1/meter/capacity', { params: { query: { cloud } } })),
    everyAllocation(mayDo('allocation.read') ? cloud : undefined, 'sector'),
  ]);
  const samples = measured.items;
  const hosts = [...grouped(samples, 'host', 'platform_host_')].map(([name, m]) => {
    const up = figure(m.get('platform_host_up'));
    return {
      name,
      up: up === null ? null : up > 0,
      cores: figure(m.get('platform_host_cpu_cores')),
      cpu: figure(m.get('platform_host_cpu_usage_ratio')),
      memory: figure(m.get('platform_host_memory_total_bytes')),
      memoryUsed: figure(m.get('platform_host_memory_used_bytes')),
    };
  });
  const pools = [...grouped(samples, 'pool', 'platform_pool_')].map(([name, m]) => ({
    name,
    size: figure(m.get('platform_pool_size_bytes')),
    used: figure(m.get('platform_pool_used_bytes')),
  }));
  const alarms = new Map<string, number>();
  for (const s of samples)
    if (s.metric === 'platform_alarms_firing')
      alarms.set(label(s, 'severity'), (alarms.get(label(s, 'severity')) ?? 0) + (figure(s) ?? 0));
  return {
    lines: linesOf(samples, granted),
    hosts,
    pools,
    alarms: [...alarms].map(([severity, count]) => ({ severity, count })),
  };
}

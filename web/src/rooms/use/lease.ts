/** Leases: their rows, and how far the measures let one be extended at most. */
import type { components } from '@/api/schema';

export type Lease = components['schemas']['Lease'];

export interface Caps {
  /** "6mo", by kind: how long an extension is at most */
  extension: Map<string, string>;
  /** how many extensions there may be */
  most: number;
}

function monthsOf(period: string | undefined): number {
  const m = /^(\d+)mo$/.exec(period ?? '');
  return m ? Number(m[1]) : 0;
}

/** A day some months later; the last of the month where there is no such day. */
export function monthsLater(day: string, months: number): string {
  const [y = 1970, m = 1, d = 1] = day.split('-').map(Number);
  const last = new Date(Date.UTC(y, m + months, 0)).getUTCDate();
  return new Date(Date.UTC(y, m - 1 + months, Math.min(d, last))).toISOString().slice(0, 10);
}

/**
 * The last day that a lease can still reach: each extension counts from the last day so far.
 * Undefined when it cannot be extended any more.
 */
export function capOf(lease: Lease, caps: Caps): string | undefined {
  if (!lease.extension.possible && !lease.extension.pending) return undefined;
  const left = caps.most - lease.extension.made;
  const months = monthsOf(caps.extension.get(lease.kind)) * left;
  return months > 0 ? monthsLater(lease.last_day, months) : undefined;
}

export function capsOf(parameters: { parameter: string; value: string }[]): Caps {
  const extension = new Map<string, string>();
  let most = 0;
  for (const { parameter, value } of parameters) {
    if (parameter === 'extension.most') most = Number(value) || 0;
    else if (parameter.startsWith('extension.')) extension.set(parameter.slice(10), value);
  }
  return { extension, most };
}

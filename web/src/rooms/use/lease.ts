/** Leases: their rows, and how far the measures let one be extended at most. */
import type { components } from '@/api/schema';

export type Lease = components['schemas']['Lease'];

export interface Caps {
  /** "6mo", by kind: how long a lease of the kind is, how long an extension, how many of them */
  terms: Map<string, string>;
  extension: Map<string, string>;
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

/** The last day that a lease can reach with every extension; undefined when it has no cap. */
export function capOf(lease: Lease, caps: Caps): string | undefined {
  const term = monthsOf(caps.terms.get(lease.kind));
  const extension = monthsOf(caps.extension.get(lease.kind));
  return term > 0 ? monthsLater(lease.first_day, term + extension * caps.most) : undefined;
}

export function capsOf(
  kinds: { kind: string; lease: string | null }[],
  parameters: { parameter: string; value: string }[],
): Caps {
  const valueOf = (name: string): string | undefined =>
    parameters.find((p) => p.parameter === name)?.value;
  const extension = new Map<string, string>();
  for (const k of kinds) {
    const value = valueOf(`extension.${k.kind}`);
    if (value) extension.set(k.kind, value);
  }
  return {
    terms: new Map(kinds.flatMap((k) => (k.lease ? [[k.kind, k.lease] as const] : []))),
    extension,
    most: Number(valueOf('extension.most') ?? 0) || 0,
  };
}

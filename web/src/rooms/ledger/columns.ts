/** The columns of a register's records: what it keeps of each, as the pack has it. */
import { amount, day, number } from '@/lib/format';
import { noted } from '@/lib/joined';
import type { Column, RowOf } from '@/parts/list';
import type { Figure, Register } from './shapes';

type Row = RowOf<'/api/v1/records'>;

/** what a record may name, and the columns that say it */
const named: Record<string, Column<Row>[]> = {
  org: [{ key: 'org_name', title: 'ledger.org', width: 150 }],
  provider: [{ key: 'provider_name', title: 'ledger.provider', width: 150 }],
  project: [{ key: 'project_name', title: 'ledger.project', width: 150 }],
  system: [{ key: 'system_name', title: 'ledger.system', width: 140 }],
  resource: [{ key: 'resource', title: 'ledger.resource', width: 140 }],
  record: [{ key: 'of', title: 'ledger.of', width: 170 }],
  case: [{ key: 'about', title: 'ledger.aboutCase', width: 170, hidden: true }],
};

/** Money is written as money, whatever it is called. */
export function figure(value: string | undefined, of: Figure): string {
  if (value === undefined) return '—';
  return of.money ? amount(value) : number(value, 3);
}

export function columnsOf(register: Register): Column<Row>[] {
  const dated: Column<Row>[] = [
    { key: 'from', title: 'ledger.from', width: 115, text: (r) => day(r.from) },
    { key: 'until', title: 'ledger.until', width: 120, text: (r) => day(r.until) },
  ];
  return [
    { key: 'no', title: 'ledger.no', width: 165 },
    { key: 'title', title: 'ledger.title', width: 170 },
    { key: 'state_title', title: 'ledger.state', width: 100 },
    ...register.refs.flatMap((r) => named[r] ?? []),
    ...(register.dated ? dated : []),
    ...register.figures.map((f) => ({
      key: `values.${f.figure}`,
      title: 'ledger.figure',
      told: f.unit ? noted(f.title, f.unit) : f.title,
      width: 130,
      end: true,
      text: (r: Row) => figure(r.values[f.figure], f),
    })),
    ...register.lines.map((l) => ({
      key: `quantities.${l.line}`,
      title: 'ledger.line',
      told: l.title,
      width: 165,
    })),
    { key: 'cloud', title: 'ledger.cloud', width: 90, hidden: true },
    { key: 'case', title: 'ledger.byCase', width: 180, hidden: true },
    { key: 'entered_at', title: 'ledger.entered', width: 130, hidden: register.dated, text: (r) => day(r.entered_at) },
  ];
}

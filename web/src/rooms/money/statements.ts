import { amount, monthOf } from '@/lib/format';
import type { Column, RowOf } from '@/parts/list';

export type StatementRow = RowOf<'/api/v1/statements'>;

/** The columns of statements wherever they are listed. */
export const statementColumns: Column<StatementRow>[] = [
  { key: 'no', title: 'money.no', width: 168 },
  { key: 'month', title: 'money.month', width: 128, text: (r) => monthOf(r.month) },
  { key: 'unit', title: 'money.unit', width: 128 },
  { key: 'project', title: 'money.project', width: 146 },
  { key: 'provider', title: 'money.provider', width: 130 },
  { key: 'payer', title: 'money.payer', width: 140, hidden: true },
  { key: 'state', title: 'money.state', width: 102 },
  { key: 'lines', title: 'money.lines', end: true, width: 80, hidden: true },
  { key: 'total', title: 'money.total', end: true, width: 106, text: (r) => amount(r.total) },
  { key: 'due', title: 'money.due', end: true, width: 106, text: (r) => amount(r.due) },
];

import { amount } from '@/lib/format';
import type { Column, RowOf } from '@/parts/list';

export type StatementRow = RowOf<'/api/v1/statements'>;

/** The columns of statements wherever they are listed. */
export const statementColumns: Column<StatementRow>[] = [
  { key: 'no', title: 'money.no', width: 190 },
  { key: 'month', title: 'money.month', width: 90 },
  { key: 'unit', title: 'money.unit', width: 160 },
  { key: 'project', title: 'money.project', width: 170 },
  { key: 'provider', title: 'money.provider', width: 150 },
  { key: 'payer', title: 'money.payer', width: 140, hidden: true },
  { key: 'state', title: 'money.state', width: 110 },
  { key: 'lines', title: 'money.lines', end: true, width: 80, hidden: true },
  { key: 'total', title: 'money.total', end: true, width: 130, text: (r) => amount(r.total) },
  { key: 'due', title: 'money.due', end: true, width: 130, text: (r) => amount(r.due) },
];

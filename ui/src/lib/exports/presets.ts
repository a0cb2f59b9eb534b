import type { ExportPreset, ExportTable } from '$lib/bindings';

/** The shapes any table can be written in; the first is the one offered. */
const PLAIN: readonly ExportPreset[] = ['xlsx', 'excel_zh', 'csv'];

/** Shapes of bookkeeping programs; they take day totals only. */
const BOOKS: readonly ExportPreset[] = [
  'kingdee',
  'kingdee_cloud',
  'yonyou',
  'yonyou_txt',
  'quickbooks',
  'xero',
  'gnucash',
  'beancount',
  'ledger',
];

export const TABLES: readonly ExportTable[] = ['sales', 'days', 'receipts', 'journal'];

export function presetsOf(table: ExportTable): readonly ExportPreset[] {
  return table === 'days' ? [...PLAIN, ...BOOKS] : PLAIN;
}

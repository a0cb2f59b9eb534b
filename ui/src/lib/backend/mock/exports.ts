import type { ExportJob, ExportLog, ExportPreset, ExportTable } from '$lib/bindings';
import type { Handlers } from './selling';
import { fail, type FakeTill } from './till';
import { countRows, range } from './totals';

interface Files {
  jobs: Map<number, ExportJob>;
  log: ExportLog[];
}

const kept = new WeakMap<FakeTill, Files>();
const STEPS = 8;
const STEP_MS = 180;
const ENDING: Partial<Record<ExportPreset, string>> = {
  xlsx: 'xlsx',
  kingdee: 'xlsx',
  kingdee_cloud: 'xlsx',
  yonyou: 'xlsx',
  yonyou_txt: 'txt',
  beancount: 'beancount',
  ledger: 'ledger',
};

function filesOf(till: FakeTill): Files {
  let files = kept.get(till);
  if (!files) {
    const entry = (id: number, change: Partial<ExportLog>): ExportLog => ({
      id,
      at: till.now() - id * 86_400_000,
      actor: till.settings.lang === 'en' ? 'Owner' : '店主',
      table: 'sales',
      preset: 'xlsx',
      columns_version: 2,
      from: '2026-11-01',
      to: '2026-11-19',
      file: '/home/shop/钱台/导出/sales_2026-11-01_2026-11-19_till1_v2.xlsx',
      rows: 1214,
      sum_fen: 2_486_310,
      sha256: '9f2c4e81b7a05d63'.repeat(4),
      changed_since: 0,
      ...change,
    });
    files = {
      jobs: new Map(),
      log: [
        entry(1, { changed_since: 3 }),
        entry(2, {
          table: 'days',
          preset: 'kingdee',
          from: '2026-10-01',
          to: '2026-10-31',
          file: '/home/shop/钱台/导出/days_2026-10-01_2026-10-31_till1_v2.xlsx',
          rows: 31,
          sum_fen: 4_012_884,
        }),
        entry(3, {
          table: 'journal',
          preset: 'csv',
          from: '2026-11-16',
          to: '2026-11-16',
          file: '/home/shop/钱台/导出/journal_2026-11-16_till1_v2.csv',
          rows: 388,
          sum_fen: 0,
        }),
      ],
    };
    kept.set(till, files);
  }
  return files;
}

function put(till: FakeTill, job: ExportJob): ExportJob {
  filesOf(till).jobs.set(job.id, job);
  till.emit({ event: 'export://changed', job });
  return job;
}

function jobOf(till: FakeTill, id: number): ExportJob {
  return filesOf(till).jobs.get(id) ?? fail('not_found', '没有这次导出');
}

function advance(till: FakeTill, id: number, step: number): void {
  const job = jobOf(till, id);
  if (job.state !== 'running') return;
  const all = job.of_rows ?? 0;
  if (step < STEPS) {
    put(till, { ...job, rows: Math.floor((all * step) / STEPS) });
    setTimeout(() => advance(till, id, step + 1), STEP_MS);
    return;
  }
  const done = put(till, { ...job, state: 'done', rows: all, sha256: '3b7e0c95f1d2a846'.repeat(4) });
  const { table, preset, from, to, path, rows, sum_fen, sha256 } = done;
  filesOf(till).log.unshift({
    id: 100 + id,
    at: till.now(),
    actor: till.settings.lang === 'en' ? 'Owner' : '店主',
    table,
    preset,
    columns_version: 2,
    from,
    to,
    file: path,
    rows,
    sum_fen,
    sha256,
    changed_since: 0,
  });
}

const days = (table: ExportTable): boolean => table === 'days';
const PLAIN: readonly ExportPreset[] = ['csv', 'excel_zh', 'xlsx'];

/** Files of the fake till. */
export const exportsRoom: Handlers = {
  export: (till, { table, preset, span, filter, folder }) => {
    if (!days(table) && !PLAIN.includes(preset)) fail('invalid', '记账软件的格式只用于日汇总');
    if (folder !== '' && !folder.startsWith('/')) fail('invalid', '没有这个文件夹');
    const { from, to } = range(span);
    const { rows, net_fen } = countRows(till, span, filter);
    const name = `${table}_${from === to ? from : `${from}_${to}`}_till1_v2.${ENDING[preset] ?? 'csv'}`;
    const id = filesOf(till).jobs.size + 1;
    const job = put(till, {
      id,
      state: 'running',
      table,
      preset,
      from,
      to,
      path: `${folder || '/home/shop/钱台/导出'}/${name}`,
      rows: 0,
      of_rows: rows,
      sum_fen: net_fen,
      sha256: '',
      message: '',
    });
    setTimeout(() => advance(till, id, 1), STEP_MS);
    return job;
  },
  export_job: (till, { job_id }) => jobOf(till, job_id),
  cancel_export: (till, { job_id }) => {
    const job = jobOf(till, job_id);
    return job.state === 'running' ? put(till, { ...job, state: 'cancelled' }) : job;
  },
  exports: (till, { limit }) => filesOf(till).log.slice(0, limit),
};

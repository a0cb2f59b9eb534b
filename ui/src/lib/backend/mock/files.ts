import type { BackupList, BackupView, JournalEntry, RestorePlan } from '$lib/bindings';
import type { Handlers } from './selling';
import { fail, type FakeTill } from './till';

interface Drawer {
  backups: BackupView[];
  trouble: string;
  journal: JournalEntry[];
  brokenSeq: number | null;
  prepared: RestorePlan | null;
}

const kept = new WeakMap<FakeTill, Drawer>();
const FOLDER = '/home/shop/钱台/备份';
const DAY_MS = 86_400_000;

export function drawerOf(till: FakeTill): Drawer {
  let drawer = kept.get(till);
  if (!drawer) {
    drawer = { backups: [], trouble: '', journal: [], brokenSeq: null, prepared: null };
    kept.set(till, drawer);
  }
  return drawer;
}

function stamp(at: number): string {
  return new Date(at + 8 * 3_600_000).toISOString().slice(0, 16).replace(/[-:]/g, '').replace('T', '-');
}

export function backup(at: number, change: Partial<BackupView> = {}): BackupView {
  return {
    path: `${FOLDER}/qiantai-${stamp(at)}.db`,
    made_at: at,
    bytes: 18_743_296,
    tickets: 12_045,
    journal_rows: 48_310,
    schema: 2,
    sha256: 'b1946ac92492d2347c6235b4d2611184'.repeat(2),
    sound: true,
    message: '',
    copied: true,
    ...change,
  };
}

/** Copies of the last days, weeks and months, as a shop has them. */
export function fillBackups(till: FakeTill, troubled = false): void {
  const drawer = drawerOf(till);
  const en = till.settings.lang === 'en';
  const now = till.now();
  const last = Date.UTC(2026, 10, 19, 14, 5);
  const older = [1, 2, 3, 4, 5, 6, 13, 20, 27, 50, 81].map((days, i) =>
    backup(last - days * DAY_MS, {
      tickets: 12_045 - days * 57,
      journal_rows: 48_310 - days * 230,
      bytes: 18_743_296 - days * 90_000,
      sound: i === 3 ? false : i > 5 ? null : true,
      message: i === 3 ? (en ? 'The file is not what was written then' : '文件和当时写下的不一样') : '',
      copied: i < 2,
    }),
  );
  drawer.backups = [backup(last), ...older].filter((b) => b.made_at < now);
  drawer.trouble = troubled
    ? en
      ? 'The USB stick /media/usb/qiantai is not there. Plug it in, or choose another folder'
      : 'U 盘 /media/usb/qiantai 不在。请插上，或换一个文件夹'
    : '';
}

function journalRow(
  till: FakeTill,
  seq: number,
  ago: number,
  actor: string,
  act: string,
  subject: string,
  before: object | null,
  after: object | null,
): JournalEntry {
  return {
    seq,
    at: till.now() - ago,
    actor,
    act,
    subject,
    before: before === null ? '' : JSON.stringify(before),
    after: after === null ? '' : JSON.stringify(after),
    hash: `${(seq * 2654435761).toString(16).padStart(10, '0')}9f2c4e81b7a05d63`.repeat(2),
  };
}

type Row = (
  ago: number,
  actor: string,
  act: string,
  subject: string,
  before: object | null,
  after: object | null,
) => JournalEntry;

/** What a contract leaves in it: its keys were changed, a ticket was paid through it, and money went back. */
function contractRows(row: Row): JournalEntry[] {
  const minute = 60_000;
  const step = (ago: number, before: string, stage: string): JournalEntry =>
    row(
      ago,
      'gateway',
      `trade.${stage}`,
      'trade:17',
      { stage: before },
      { stage, ticket: 38, trade_no: null },
    );
  const key = (set_at: number): object => ({ sealed: { set_at: { apiv3_key: set_at } } });
  return [
    row(
      32 * minute,
      'gateway',
      'refund.pending',
      'ticket:37',
      { stage: 'asked' },
      { stage: 'pending', refund_no: 'QT20261120R00000037', amount_fen: 650 },
    ),
    row(33 * minute, '阿芳#2', 'refund.asked', 'ticket:37', null, {
      trade: 16,
      refund_no: 'QT20261120R00000037',
      kind: 'refund',
      amount_fen: 650,
      reason: '退货',
    }),
    step(36 * minute, 'waiting', 'paid'),
    step(37 * minute, 'planned', 'waiting'),
    row(37 * minute + 400, '小林#3', 'trade.planned', 'trade:17', null, {
      ticket: 38,
      gateway: 1,
      out_no: 'QT20261120000000038',
      amount_fen: 1498,
      scanned: false,
      surface: '',
    }),
    row(
      41 * minute,
      '陈姐#1',
      'gateway.changed',
      'gateway:2',
      key(Date.UTC(2026, 8, 1, 2)),
      key(Date.UTC(2026, 10, 20, 2)),
    ),
  ];
}

/** A day of a shop's journal, newest first, and enough before it for several pages. */
export function fillJournal(till: FakeTill, brokenSeq: number | null = null): void {
  const drawer = drawerOf(till);
  const minute = 60_000;
  let seq = 12_345;
  const row = (
    ago: number,
    actor: string,
    act: string,
    subject: string,
    before: object | null,
    after: object | null,
  ): JournalEntry => journalRow(till, seq--, ago, actor, act, subject, before, after);
  drawer.journal = [
    row(minute, '阿芳#2', 'refund.made', 'ticket:40', null, {
      amount_fen: 650,
      channel: 'wechat',
      reason: '退货',
      reference: '100003…7781',
    }),
    row(minute + 2000, '阿芳#2', 'approval.given', 'staff:3', null, { verb: 'refund', role: 'manager' }),
    row(
      3 * minute,
      '小林#3',
      'inbox.accepted',
      'inbox:12',
      { state: 'open' },
      {
        state: 'accepted',
        ticket_id: 41,
        amount_fen: 1500,
      },
    ),
    row(
      4 * minute,
      'till',
      'ticket.paid',
      'ticket:41',
      { status: 'open' },
      {
        status: 'paid',
        amount_fen: 1498,
        channel: 'wechat',
        how: 'auto',
      },
    ),
    row(5 * minute, '小林#3', 'ticket.opened', 'ticket:41', null, {
      number: 41,
      gross_fen: 1500,
      tail_fen: 2,
      due_fen: 1498,
    }),
    row(
      20 * minute,
      '陈姐#1',
      'setting.saved',
      'settings',
      {
        shop_name: '巷口早餐',
        tail_max_fen: 50,
        sound: false,
        phone_late_ms: 90000,
      },
      { shop_name: '巷口早餐店', tail_max_fen: 20, sound: true, phone_late_ms: 90000 },
    ),
    row(
      31 * minute,
      '陈姐#1',
      'staff.changed',
      'staff:4',
      { name: '小周', role: 'cashier' },
      {
        name: '小周',
        role: 'manager',
      },
    ),
    ...contractRows(row),
    row(44 * minute, '小林#3', 'cash.out', 'shift:8', null, { amount_fen: 2000, reason: '买菜' }),
    row(50 * minute, 'till', 'staff.pin_wrong', 'staff:3', null, { tries: 2 }),
    row(90 * minute, '陈姐#1', 'export.made', 'export:7', null, {
      file: 'sales_2026-11-01_2026-11-19_till1_v2.xlsx',
      rows: 1214,
      sum_fen: 2_486_310,
    }),
    row(300 * minute, '小林#3', 'shift.opened', 'shift:8', null, { float_fen: 20_000 }),
    row(560 * minute, 'till', 'backup.made', 'backup', null, {
      path: `${FOLDER}/qiantai-20261119-2205.db`,
      tickets: 12_045,
    }),
    ...Array.from({ length: 174 }, (_, i) =>
      row(
        DAY_MS + i * 7 * minute,
        i % 3 === 0 ? '小林#3' : 'till',
        i % 2 === 0 ? 'ticket.paid' : 'ticket.opened',
        `ticket:${39 - (i % 30)}`,
        i % 2 === 0 ? { status: 'open' } : null,
        i % 2 === 0
          ? { status: 'paid', amount_fen: 800 + (i % 20) * 50, channel: 'alipay', how: 'auto' }
          : { number: 39 - (i % 30), due_fen: 800 + (i % 20) * 50 },
      ),
    ),
  ];
  drawer.brokenSeq = brokenSeq;
}

function backupList(till: FakeTill): BackupList {
  const drawer = drawerOf(till);
  const { daily_hour } = till.settings.backup;
  return {
    folder: FOLDER,
    backups: drawer.backups,
    trouble: drawer.trouble,
    last_at: drawer.backups[0]?.made_at ?? null,
    next_at: daily_hour === null ? null : Date.UTC(2026, 10, 20, daily_hour - 8 + 24),
    prepared: drawer.prepared,
  };
}

/** Backups and the journal of the fake till. */
export const filesRoom: Handlers = {
  backups: backupList,
  cancel_restore: (till) => {
    drawerOf(till).prepared = null;
    return backupList(till);
  },
  back_up: (till, { folder }) => {
    if (folder !== '' && !folder.startsWith('/')) fail('invalid', '没有这个文件夹');
    const drawer = drawerOf(till);
    const made = backup(till.now(), { tickets: 12_102, journal_rows: 48_540, copied: false });
    drawer.backups = [made, ...drawer.backups];
    drawer.trouble = '';
    till.emit({ event: 'backup://changed', trouble: '' });
    return made;
  },
  check_backup: (till, { path }) => {
    const drawer = drawerOf(till);
    const known = drawer.backups.find((b) => b.path === path);
    if (!known && !path.endsWith('.db')) fail('invalid', '这不是钱台的备份文件');
    const found = known ?? backup(till.now() - 40 * DAY_MS, { path, tickets: 9_800, copied: false });
    const looked = { ...found, sound: found.sound ?? true };
    drawer.backups = drawer.backups.map((b) => (b.path === path ? looked : b));
    return looked;
  },
  restore: (till, { path }) => {
    const from =
      drawerOf(till).backups.find((b) => b.path === path) ?? backup(till.now() - 40 * DAY_MS, { path });
    if (from.sound === false) fail('invalid', '这份备份坏了，不能用来恢复');
    const plan = {
      from: { ...from, sound: true },
      kept_as: '/home/shop/钱台/till-before-restore-20261120-1402.db',
      tickets_lost: 12_102 - from.tickets,
      journal_lost: 48_540 - from.journal_rows,
    };
    drawerOf(till).prepared = plan;
    return plan;
  },
  journal: (till, { filter, limit }) =>
    drawerOf(till)
      .journal.filter(
        (row) =>
          (filter.before_seq === null || row.seq < filter.before_seq) &&
          row.act.startsWith(filter.act) &&
          (filter.actor === '' || row.actor === filter.actor) &&
          (filter.subject === '' || row.subject === filter.subject) &&
          (filter.from_at === null || row.at >= filter.from_at) &&
          (filter.to_at === null || row.at <= filter.to_at),
      )
      .slice(0, limit),
  check_journal: (till) => {
    const { brokenSeq } = drawerOf(till);
    return { intact: brokenSeq === null, rows: 12_345, broken_seq: brokenSeq };
  },
};

import { fillBackups, fillJournal } from './files';
import { fillMany } from './inbox';
import { fillInbox } from './rooms';
import type { Script } from './states';
import { fillStatements } from './statement';
import type { FakeTill } from './till';

/** Prepares a state of the statement check, the bulk inbox, the journal or backups; null for any other. */
export function prepareNight(till: FakeTill, state: string): Script | null {
  const [room = '', section = ''] = state.split(/-(.*)/s);
  const settings = (name: string, ...rest: string[]): Script => [
    'click:nav-settings',
    `click:settings-nav-${name}`,
    'wait',
    ...rest,
  ];
  switch (room) {
    case 'statement': {
      if (section !== 'empty') fillStatements(till, section === 'clean');
      const more: Record<string, string[]> = {
        attach: ['ArrowDown', 'wait', 'KeyA'],
        settle: ['KeyS'],
        missed: ['ArrowDown'],
        password: ['statement:微信支付账单(20261101-20261119).zip'],
        wrong: [
          'statement:微信支付账单(20261101-20261119).zip',
          'wait',
          'wait',
          'type:statement-password-field=123456',
          'click:statement-password-go',
        ],
        pdf: ['statement:交易流水证明.pdf'],
        again: ['statement:微信支付账单流水文件(20261120-20261120)——【解压密码可在微信支付公众号查看】.csv'],
      };
      return [
        'click:nav-settings',
        'click:settings-nav-files',
        'wait',
        'click:to-statement',
        'wait',
        'wait',
        ...(more[section] ?? []),
      ];
    }
    case 'inbox': {
      if (!['bulk', 'bulkdone', 'mark', 'attach'].includes(section)) return null;
      if (section === 'mark' || section === 'attach') {
        fillInbox(till);
        return ['click:nav-inbox', 'wait', section === 'mark' ? 'KeyR' : 'KeyM'];
      }
      fillMany(till);
      const picks = ['click:nav-inbox', 'wait', 'Space', 'ArrowDown', 'Space', 'ArrowDown', 'Space'];
      return section === 'bulk' ? picks : [...picks, 'wait', 'click:bulk-accept'];
    }
    case 'journal': {
      fillJournal(till, section === 'broken' ? 9_871 : null);
      const more: Record<string, string[]> = {
        checked: ['click:journal-check'],
        broken: ['click:journal-check'],
        diff: ['click:journal-row-12340'],
      };
      return settings('journal', ...(more[section] ?? []));
    }
    case 'backup':
      if (section !== 'empty') fillBackups(till, section === 'trouble');
      return settings('files');
    case 'books':
      till.settings = {
        ...till.settings,
        nightly: {
          enabled: true,
          folder: '/home/shop/坚果云/账本',
          after_minutes: 30,
          files: [
            { table: 'sales', preset: 'xlsx' },
            { table: 'days', preset: 'kingdee' },
          ],
        },
      };
      return settings('files', 'click:seg-books');
    case 'restore': {
      fillBackups(till);
      const start = settings('files', 'click:restore-0', 'wait', 'wait');
      const second = [...start, 'click:restore-next', 'wait', 'wait'];
      const third = [...second, 'click:restore-next', 'wait'];
      const word = till.settings.lang === 'en' ? 'restore' : '恢复';
      if (section === '1') return start;
      if (section === '2') return second;
      if (section === 'ready') return [...third, `type:restore-word=${word}`, 'click:restore-go'];
      return third;
    }
    default:
      return null;
  }
}

import type { RecoveryChoice, RecoveryView } from '$lib/bindings';
import type { RecoveryDesk } from '$lib/recovery/types';
import { backup } from './files';
import { fail } from './till';

const NOW = Date.UTC(2026, 10, 20, 6, 2);
const DAY_MS = 86_400_000;

const SAY: Record<RecoveryView['cause'], [string, string]> = {
  broken: [
    '账本文件坏了：第 8 页读不出来，可能是断电或磁盘出了问题。',
    'The file is damaged: its page 8 cannot be read. Perhaps the power failed, or the disk.',
  ],
  missing: [
    '账本文件不见了，可是这个文件夹以前用过。可能被移走或删掉了。',
    'The file is gone, although this folder has been in use. It may have been moved or deleted.',
  ],
  behind: [
    '账本打得开，但比上次关机时少了记录：可能换成了旧文件，或者丢了 -wal 文件。',
    'It opens, but ends before where it ended last: an older file was put here, or its -wal file is gone.',
  ],
  newer: [
    '这个账本是更新版本的钱台写的，这一版打不开。',
    'A newer version of Qiantai wrote this file; this one cannot open it.',
  ],
};

/** A shell without a till, for looking at the window: `state=recovery`, `recovery-missing`, `-behind`, `-newer`, `-none`. */
export class MockRecovery implements RecoveryDesk {
  chosen: RecoveryChoice[] = [];
  quits = 0;
  refuse: string | null = null;
  readonly #view: RecoveryView;

  constructor(state = '', en = false) {
    const name = state.replace(/^recovery-?/, '');
    const cause = name === 'missing' || name === 'behind' || name === 'newer' ? name : 'broken';
    this.#view = {
      cause,
      path: '/home/shop/.local/share/qiantai/till.db',
      message: SAY[cause][en ? 1 : 0],
      rows_lost: cause === 'behind' ? 214 : null,
      backups:
        name === 'none'
          ? []
          : [
              backup(NOW - 16 * 3_600_000),
              backup(NOW - DAY_MS * 2, { tickets: 11_931 }),
              backup(NOW - DAY_MS * 3, {
                tickets: 11_874,
                sound: false,
                message: en ? 'The file is not what was written then' : '文件和当时写下的不一样',
              }),
              backup(NOW - DAY_MS * 9, { tickets: 11_532, sound: null }),
            ],
      can_keep_going: cause === 'behind',
      can_start_empty: cause !== 'newer',
      kept_as: cause === 'missing' ? '' : '/home/shop/.local/share/qiantai/till-broken-20261120-1402.db',
    };
  }

  view(): Promise<RecoveryView | null> {
    return Promise.resolve(structuredClone(this.#view));
  }

  async choose(choice: RecoveryChoice): Promise<void> {
    if (this.refuse !== null) fail('invalid', this.refuse);
    this.chosen.push(choice);
  }

  async quit(): Promise<void> {
    this.quits += 1;
  }

  pickBackup(): Promise<string | null> {
    return Promise.resolve('/media/usb/qiantai-20261115-2205.db');
  }
}

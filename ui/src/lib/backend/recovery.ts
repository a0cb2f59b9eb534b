import { invoke } from '@tauri-apps/api/core';

import type { RecoveryChoice, RecoveryView } from '../bindings';
import type { RecoveryDesk } from '../recovery/types';
import { toApiError } from './errors';

async function ask<T>(command: string, values: Record<string, unknown> = {}): Promise<T> {
  try {
    return await invoke<T>(command, values);
  } catch (e) {
    throw toApiError(e);
  }
}

/** The window that opens when the database does not. No till runs behind it: its commands go to the shell. */
export const tauriRecovery: RecoveryDesk = {
  view: () => ask<RecoveryView | null>('recovery_view'),
  choose: async (choice: RecoveryChoice) => {
    await ask('recovery_choose', { choice });
  },
  quit: () => ask('recovery_quit'),
  pickBackup: () => ask<string | null>('pick_backup'),
};

import type { RecoveryChoice, RecoveryView } from '$lib/bindings';

/** The way to the shell while no till runs. */
export interface RecoveryDesk {
  /** Null: the database opens again. Rejects with an `ApiError`. */
  view(): Promise<RecoveryView | null>;
  /** Does what was chosen; the till opens and this window closes by itself. */
  choose(choice: RecoveryChoice): Promise<void>;
  /** Ends the program; nothing is changed. */
  quit(): Promise<void>;
  /** Asks for a backup file elsewhere; null if the person changes their mind. */
  pickBackup?(): Promise<string | null>;
}

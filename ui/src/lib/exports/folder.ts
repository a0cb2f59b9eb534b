const KEY = 'qiantai.export.folder';

/** The folder chosen last on this computer; empty: the till's own. */
export function lastFolder(): string {
  try {
    return window.localStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

export function rememberFolder(folder: string): void {
  try {
    window.localStorage.setItem(KEY, folder);
  } catch {
    // It is asked for again next time.
  }
}

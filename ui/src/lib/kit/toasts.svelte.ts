import type { IconName } from './icons';

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'warn' | 'err';
  icon?: IconName;
  action?: { text: string; run: () => void };
}

/** Banners stay as long as the sound that goes with them is likely to be asked about. */
const SHOWN_MS = 6000;
const MOST = 3;

let list = $state.raw<readonly Toast[]>([]);
let next = 1;

export function toasts(): readonly Toast[] {
  return list;
}

/** Shows a banner for six seconds. The same text twice is one banner. */
export function showToast(toast: Omit<Toast, 'id' | 'tone'> & { tone?: Toast['tone'] }): void {
  const id = next++;
  const others = list.filter((other) => other.text !== toast.text);
  list = [...others.slice(-(MOST - 1)), { tone: 'plain', ...toast, id }];
  setTimeout(() => dismissToast(id), SHOWN_MS);
}

export function dismissToast(id: number): void {
  list = list.filter((toast) => toast.id !== id);
}

/** What changes on a screen while it stands. */
export interface Pulse {
  /** Milliseconds until the codes are void. */
  left: number;
  /** The same as a part of the whole, from 1 to 0. */
  share: number;
  lost: boolean;
  /** Seconds until the page goes on by itself; null when it does not. */
  leaving: number | null;
}

export interface Screen {
  node: HTMLElement;
  pulse?: (pulse: Pulse) => void;
}

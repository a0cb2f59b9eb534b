import { getContext, setContext } from 'svelte';

import type { App } from '$lib/app/state.svelte';
import type { Stop } from '$lib/backend/types';
import type { CashKind, ShiftView } from '$lib/bindings';

/** Dialogs about the drawer, wherever they are opened from. */
export type DrawerAsk = 'open' | 'shift' | 'close' | 'list' | 'day' | 'z' | CashKind;

/** The drawer of this till: the open shift, and which dialog about it is up. */
export class Drawer {
  readonly #app: App;
  /** The open shift with its X report; null while none is open or nothing is known. */
  shift = $state.raw<ShiftView | null>(null);
  /** The till has answered: only then "no shift" is a fact. */
  known = $state(false);
  ask = $state<DrawerAsk | null>(null);

  constructor(app: App) {
    this.#app = app;
  }

  /** Follows shifts and people until stopped. */
  start(): Stop {
    void this.load();
    return this.#app.onEvent((event) => {
      if (event.event === 'shift://changed' || event.event === 'session://changed') void this.load();
    });
  }

  async load(): Promise<void> {
    try {
      this.shift = await this.#app.call<'shift'>({ verb: 'shift' });
      this.known = true;
    } catch {
      // A locked till keeps its drawer to itself; it is asked again when somebody signs in.
      this.shift = null;
      this.known = false;
    }
  }

  /** The open shift with figures of this moment, or the dialog that opens one. */
  show(): void {
    this.ask = this.shift ? 'shift' : 'open';
    void this.load();
  }
}

const KEY = Symbol('drawer');

export function provideDrawer(drawer: Drawer): Drawer {
  return setContext(KEY, drawer);
}

/** The drawer of this window. */
export function useDrawer(): Drawer {
  return getContext<Drawer>(KEY);
}

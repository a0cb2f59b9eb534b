import { invoke } from '@tauri-apps/api/core';
import { emit, listen } from '@tauri-apps/api/event';

import type { DisplayState, Replies } from '../bindings';
import { toApiError } from './errors';
import type { Backend, CounterWindow, RequestOf, Stop, TillEvent, Verb } from './types';

/** Starts listening now, although Tauri answers later; stopping early is remembered. */
function follow<T>(name: string, listener: (payload: T) => void, ready?: () => void): Stop {
  let stopped = false;
  let stop: Stop | undefined;
  void listen<T>(name, (message) => {
    if (!stopped) listener(message.payload);
  }).then((unlisten) => {
    if (stopped) unlisten();
    else {
      stop = unlisten;
      ready?.();
    }
  });
  return () => {
    stopped = true;
    stop?.();
  };
}

/** The desktop window: one command, one event. The counter window has no command at all, only its two events. */
export class TauriBackend implements Backend {
  async call<V extends Verb>(request: RequestOf<V>): Promise<Replies[V]> {
    try {
      return await invoke<Replies[V]>('call', { request });
    } catch (e) {
      throw toApiError(e);
    }
  }

  onEvent(listener: (event: TillEvent) => void, missed: () => void): Stop {
    const stops = [follow<TillEvent>('till://event', listener), follow<unknown>('till://lagged', missed)];
    return () => stops.forEach((stop) => stop());
  }

  onDisplay(listener: (state: DisplayState | null, connected: boolean) => void): Stop {
    return follow<DisplayState>(
      'display://state',
      (state) => listener(state, true),
      () => void emit('display://hello'),
    );
  }

  counterWindow(): Promise<CounterWindow> {
    return invoke<CounterWindow>('counter');
  }

  openCounter(): Promise<CounterWindow> {
    return invoke<CounterWindow>('open_counter');
  }

  async setPractice(on: boolean): Promise<void> {
    try {
      await invoke('set_practice', { on });
    } catch (e) {
      throw toApiError(e);
    }
  }

  async restart(): Promise<void> {
    try {
      await invoke('restart');
    } catch (e) {
      throw toApiError(e);
    }
  }

  pickBackup(): Promise<string | null> {
    return invoke<string | null>('pick_backup');
  }

  pickFolder(): Promise<string | null> {
    return invoke<string | null>('pick_folder');
  }

  toggleDisplayFullScreen(): void {
    void emit('display://fullscreen');
  }
}

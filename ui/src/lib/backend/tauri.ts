import { invoke } from '@tauri-apps/api/core';
import { emit, listen } from '@tauri-apps/api/event';

import type { DisplayState, Replies } from '../bindings';
import { toApiError } from './errors';
import type { Backend, RequestOf, Stop, TillEvent, Verb } from './types';

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

  onEvent(listener: (event: TillEvent) => void): Stop {
    return follow<TillEvent>('till://event', listener);
  }

  onDisplay(listener: (state: DisplayState | null, connected: boolean) => void): Stop {
    return follow<DisplayState>(
      'display://state',
      (state) => listener(state, true),
      () => void emit('display://hello'),
    );
  }

  async pickPicture(): Promise<string | null> {
    return pickWithInput();
  }

  async setPractice(on: boolean): Promise<void> {
    try {
      await invoke('set_practice', { on });
    } catch (e) {
      throw toApiError(e);
    }
  }

  toggleDisplayFullScreen(): void {
    void emit('display://fullscreen');
  }
}

/**
 * A file input instead of a path dialog: the bytes come from the person's choice itself, so the window needs no
 * permission to read files.
 */
export function pickWithInput(): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = 'image/*';
    input.hidden = true;
    // In the document, or WebKit may drop it before the person has chosen.
    document.body.append(input);
    input.addEventListener('cancel', () => {
      input.remove();
      resolve(null);
    });
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      input.remove();
      if (!file) resolve(null);
      else fileToBase64(file).then(resolve, reject);
    });
    input.click();
  });
}

/** The bytes of a file as plain base64. */
export function fileToBase64(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => {
      const text = String(reader.result);
      resolve(text.slice(text.indexOf(',') + 1));
    });
    reader.addEventListener('error', () => reject(toApiError(reader.error)));
    reader.readAsDataURL(file);
  });
}

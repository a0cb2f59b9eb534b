import { toApiError } from '$lib/backend/errors';
import type { Settings } from '$lib/bindings';
import { type App, errorText } from '$lib/app/state.svelte';

export type Field = keyof Settings;

/** Saves one field at a time, in order, and remembers per field what came of it. */
export class Form {
  /** When a field was last saved; feeds the tick. */
  saved = $state<Partial<Record<Field, number>>>({});
  errors = $state<Partial<Record<Field, string>>>({});
  #queue: Promise<unknown> = Promise.resolve();
  #count = 0;
  readonly #app: App;

  constructor(app: App) {
    this.#app = app;
  }

  get now(): Settings | null {
    return this.#app.settings;
  }

  savedAt(field: Field): number {
    return this.saved[field] ?? 0;
  }

  /** Says what is wrong with a field before anything is sent. */
  refuse(field: Field, message: string): void {
    this.errors[field] = message;
  }

  /** Queued, so that two quick changes never overwrite each other: all settings travel together. */
  save(field: Field, change: Partial<Settings>): Promise<boolean> {
    const run = async (): Promise<boolean> => {
      const before = this.#app.settings;
      if (before && Object.entries(change).every(([key, value]) => before[key as Field] === value)) {
        delete this.errors[field];
        return true;
      }
      try {
        await this.#app.saveSettings(change);
        delete this.errors[field];
        this.saved[field] = ++this.#count;
        return true;
      } catch (e) {
        this.errors[field] = errorText(toApiError(e));
        return false;
      }
    };
    const result = this.#queue.then(run, run);
    this.#queue = result;
    return result;
  }
}

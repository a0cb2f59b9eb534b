import type { App } from '$lib/app/state.svelte';
import type { ProgramSecret, ProgramSettings, ProgramView, Protocol, TestCall } from '$lib/bindings';

/** What a program proves itself with, the one time it is shown. */
export type ShownOnce = Omit<ProgramSecret, 'program'> & Pick<ProgramView, 'id' | 'protocol' | 'key_id'>;

/**
 * The acts of the programs page. A new secret is held here and nowhere else: not beside the program in the list, not
 * in a message; and here only until it is dismissed or the page is left.
 */
export class ProgramDesk {
  shown = $state.raw<ShownOnce | null>(null);
  readonly #app: App;
  #open = true;

  constructor(app: App) {
    this.#app = app;
  }

  /** Rejects with an `ApiError`, as all acts here do. */
  async add(protocol: Protocol, settings: ProgramSettings, request_id: string): Promise<ProgramView> {
    return this.#show(
      await this.#app.call<'add_program'>({ verb: 'add_program', request_id, protocol, settings }),
    );
  }

  async renew(program_id: number, request_id: string): Promise<ProgramView> {
    return this.#show(
      await this.#app.call<'renew_program'>({ verb: 'renew_program', request_id, program_id }),
    );
  }

  async update(program_id: number, settings: ProgramSettings, request_id: string): Promise<void> {
    const request = { verb: 'update_program', request_id, program_id, settings } as const;
    this.#app.programs.put(await this.#app.call<'update_program'>(request));
  }

  async revoke(program_id: number, request_id: string): Promise<void> {
    const program = await this.#app.call<'revoke_program'>({
      verb: 'revoke_program',
      request_id,
      program_id,
    });
    if (this.shown?.id === program_id) this.forget();
    this.#app.programs.put(program);
  }

  async test(program_id: number, url: string, request_id: string): Promise<TestCall> {
    return this.#app.call<'test_program'>({ verb: 'test_program', request_id, program_id, url });
  }

  /** The secret was stored elsewhere, or is given up. */
  forget(): void {
    this.shown = null;
  }

  /** The page is left: an answer still under way must not be kept by anything that outlives it. */
  close(): void {
    this.#open = false;
    this.forget();
  }

  #show({ program, secret, token, address }: ProgramSecret): ProgramView {
    const { id, protocol, key_id } = program;
    if (this.#open) this.shown = { id, protocol, key_id, secret, token, address };
    this.#app.programs.put(program);
    return program;
  }
}

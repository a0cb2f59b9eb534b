import { type App, errorText } from '$lib/app/state.svelte';
import { toApiError } from '$lib/backend/errors';
import type { OrderView } from '$lib/bindings';

const PAGE = 20;
/** More than this is not read again at each event; the newest are. */
const MOST = 200;
const SOON_MS = 300;

export type Which = 'all' | 'undelivered';

/** Orders of all programs, newest first, as far back as somebody has asked for. */
export class Orders {
  list = $state.raw<readonly OrderView[] | null>(null);
  /** There are earlier ones. */
  more = $state(false);
  which = $state<Which>('all');
  fault = $state('');
  loadingMore = $state(false);
  readonly #app: App;
  #before: number | null = null;
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(app: App) {
    this.#app = app;
  }

  /** Follows what happens to orders until stopped. */
  start(): () => void {
    void this.load();
    const stop = this.#app.onEvent((event) => {
      const ours = event.event === 'callback://changed' || event.event === 'programs://changed';
      if (ours || ('ticket' in event && event.ticket.program)) this.#soon();
    });
    return () => {
      stop();
      this.#turn += 1;
      clearTimeout(this.#timer);
    };
  }

  async choose(which: Which): Promise<void> {
    if (which === this.which) return;
    this.which = which;
    this.list = null;
    await this.load();
  }

  /** Reads what is on the screen anew. */
  async load(): Promise<void> {
    await this.#read(null, Math.min(MOST, Math.max(PAGE, this.list?.length ?? 0)));
  }

  async loadMore(): Promise<void> {
    if (this.loadingMore || this.#before === null) return;
    this.loadingMore = true;
    await this.#read(this.#before, PAGE);
    this.loadingMore = false;
  }

  /** Sends an undelivered callback once more, now. Rejects with an `ApiError`. */
  async sendAgain(ticket_id: number, request_id: string): Promise<OrderView> {
    const order = await this.#app.call<'send_again'>({ verb: 'send_again', request_id, ticket_id });
    this.list = this.list?.map((other) => (other.ticket_id === ticket_id ? order : other)) ?? null;
    return order;
  }

  async #read(before_id: number | null, limit: number): Promise<void> {
    const turn = ++this.#turn;
    try {
      const page = await this.#app.call<'program_orders'>({
        verb: 'program_orders',
        program_id: null,
        undelivered: this.which === 'undelivered',
        before_id,
        limit,
      });
      if (turn !== this.#turn) return;
      this.list = before_id === null ? page.orders : [...(this.list ?? []), ...page.orders];
      this.#before = page.next_before_id;
      this.more = page.next_before_id !== null;
      this.fault = '';
    } catch (e) {
      if (turn === this.#turn) this.fault = errorText(toApiError(e));
    }
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.load(), SOON_MS);
  }
}

import { toApiError } from '$lib/backend/errors';
import { requestId } from '$lib/backend/request-id';
import { type App, errorText } from '$lib/app/state.svelte';
import type { TicketView } from '$lib/bindings';
import { t } from '$lib/i18n';

export const LINKS = ['wallet', 'phone', 'lan', 'till', 'sound'] as const;
export type Link = (typeof LINKS)[number];
/** Links light up one after the other, this far apart. */
const APART_MS = 180;

/** One real fen through every link: wallet, phone, network, till, sound. */
export class SelfTest {
  ticket = $state.raw<TicketView | null>(null);
  /** How many links are lit. */
  lit = $state(0);
  error = $state('');
  /** The money came, but not as asked: it waits in the inbox. */
  astray = $state(false);
  busy = $state(false);
  readonly #app: App;
  #timers: ReturnType<typeof setTimeout>[] = [];
  #startId = '';

  constructor(app: App) {
    this.#app = app;
  }

  readonly paid = $derived.by(() => this.ticket?.status === 'paid');
  readonly waiting = $derived.by(() => this.ticket?.status === 'open');

  follow(): () => void {
    const stop = this.#app.onEvent((event) => {
      const ticket = this.ticket;
      if (!ticket) return;
      if ('ticket' in event && event.ticket.id === ticket.id) {
        this.ticket = event.ticket;
        if (event.ticket.status === 'paid') this.#lightTo(LINKS.length);
      } else if (event.event === 'inbox://changed' && event.alert && this.waiting) {
        this.astray = true;
        this.#lightTo(3);
      }
    });
    return () => {
      stop();
      this.#timers.forEach(clearTimeout);
    };
  }

  #lightTo(count: number): void {
    for (let n = this.lit + 1; n <= count; n += 1) {
      this.#timers.push(setTimeout(() => (this.lit = Math.max(this.lit, n)), (n - this.lit - 1) * APART_MS));
    }
  }

  async start(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.error = '';
    this.astray = false;
    this.lit = 0;
    this.#startId ||= requestId();
    try {
      this.ticket = await this.#app.call<'ring_up'>({
        verb: 'ring_up',
        request_id: this.#startId,
        sale: { lines: [{ name: t('wizard.step.5'), price_fen: 1, count: 1 }], discount: null, note: '' },
      });
      this.#startId = '';
    } catch (e) {
      const error = toApiError(e);
      if (error.code !== 'unavailable' && error.code !== 'internal') this.#startId = '';
      this.error = errorText(error);
    } finally {
      this.busy = false;
    }
  }

  /** In practice mode the practice phone pays. */
  async practise(): Promise<void> {
    const ticket = this.ticket;
    if (!ticket || this.busy) return;
    this.busy = true;
    try {
      await this.#app.call<'practice_pay'>({
        verb: 'practice_pay',
        request_id: requestId(),
        ticket_id: ticket.id,
        how: 'exact',
      });
    } catch (e) {
      this.error = errorText(toApiError(e));
    } finally {
      this.busy = false;
    }
  }

  /** A test nobody paid must not wait on the till. */
  async leave(): Promise<void> {
    const ticket = this.ticket;
    if (ticket?.status !== 'open') return;
    try {
      await this.#app.call<'cancel'>({ verb: 'cancel', request_id: requestId(), ticket_id: ticket.id });
    } catch {
      // Paid or expired in this instant; either is fine.
    }
  }
}

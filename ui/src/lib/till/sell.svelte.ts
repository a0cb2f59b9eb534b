import { getContext, setContext } from 'svelte';

import { clock } from '$lib/app/clock.svelte';
import { isElsewhere } from '$lib/app/elsewhere';
import { flood } from '$lib/app/flood.svelte';
import { route } from '$lib/app/route.svelte';
import { type App, errorText } from '$lib/app/state.svelte';
import { toApiError } from '$lib/backend/errors';
import { requestId } from '$lib/backend/request-id';
import type { ApiError, Stop, TillEvent } from '$lib/backend/types';
import type { Channel, Discount, Fen, Priced, QuickItem, Sale, TicketView } from '$lib/bindings';
import { t } from '$lib/i18n';
import { showToast } from '$lib/kit/toasts.svelte';
import { fenToText } from '$lib/money';
import { isAsking, scanOf } from '$lib/trade/trade';
import type { Ask } from './ask';
import { CartMirror } from './cart';
import { EMPTY, type Entry, Typing } from './entry';
import { Scanning } from './scanning.svelte';

const ENTER_IGNORED_MS = 400;
const CANCEL_ARMED_MS = 2500;
const CANCEL_ASKS_MS = 5000;

/** The till's selling side: what is keyed, which ticket is on the stage, and the acts. Draws nothing. */
export class Sell {
  readonly #app: App;
  entry = $state.raw<Entry>(EMPTY);
  discount = $state.raw<Discount | null>(null);
  note = $state('');
  /** The price of what is keyed, once the till has worked it out (only asked when there is a discount or rounding). */
  priced = $state.raw<Priced | null>(null);
  /** The ticket on the stage; null shows the items. */
  selected = $state<number | null>(null);
  ask = $state.raw<Ask | null>(null);
  /** Why the last ring-up did not work. */
  problem = $state.raw<ApiError | null>(null);
  busy = $state(false);
  /** The ticket whose next Esc cancels it. */
  armed = $state<number | null>(null);
  /** Tickets put away by hand. */
  dismissed = $state.raw<ReadonlySet<number>>(new Set());
  #openedAt = -Infinity;
  #keyedSince = true;
  readonly #cart: CartMirror;
  #disarm: ReturnType<typeof setTimeout> | undefined;
  #pricing = 0;
  #queue: (() => void)[] = [];
  readonly scan: Scanning;

  readonly typing = $derived.by(() => new Typing(this.#app.settings?.cents_first ?? false));
  readonly gross: Fen = $derived(this.typing.sum(this.entry));
  readonly isEmpty: boolean = $derived(this.typing.isEmpty(this.entry));
  /** What will be asked, before the tail. */
  readonly price: Fen = $derived(this.priced?.price_fen ?? this.gross);
  readonly ticket: TicketView | null = $derived.by(() => {
    if (this.selected === null) return null;
    const find = (list: readonly TicketView[]): TicketView | undefined =>
      list.find((x) => x.id === this.selected);
    return find(this.#app.waiting) ?? find(this.#app.ended) ?? null;
  });
  /** Ended tickets that may still matter: cooling down, or with a late payment proposed. */
  readonly ended: readonly TicketView[] = $derived.by(() =>
    this.#app.ended
      .filter((x) => !this.dismissed.has(x.id))
      .filter(
        (x) =>
          x.proposed_item_id !== null ||
          clock.now - (x.expires_at ?? 0) < (this.#app.settings?.cooldown_expired_ms ?? 600_000),
      )
      .slice(0, 3),
  );

  constructor(app: App) {
    this.#app = app;
    this.#cart = new CartMirror(app);
    this.scan = new Scanning(app, this);
  }

  /** Follows the till's events until stopped. */
  start(): Stop {
    // After a restart the newest waiting ticket is on the stage again.
    void this.#app.loaded.then(() => {
      this.selected ??= this.#app.atCounter[0]?.id ?? null;
    });
    return this.#app.onEvent((event) => this.#take(event));
  }

  sale(): Sale {
    return { lines: this.typing.lines(this.entry), discount: this.discount, note: this.note };
  }

  /** Takes over a changed entry; a key closes the flood. */
  key(next: Entry): void {
    flood.close();
    this.#keyedSince = true;
    this.armed = null;
    if (next !== this.entry) this.problem = this.scan.fault = null;
    this.entry = next;
    if (this.typing.isEmpty(next)) this.discount = null;
    this.#reprice();
    this.#cart.show(this.entry.terms.length > 0 && this.#app.atCounter.length === 0 ? this.sale() : null);
  }

  setDiscount(discount: Discount | null): void {
    this.discount = discount;
    this.#reprice();
  }

  clear(): void {
    this.note = '';
    this.discount = null;
    this.key(EMPTY);
  }

  /** Adds an item; `now` shows the codes at once. */
  async item(item: QuickItem, now: boolean): Promise<void> {
    this.key(this.typing.item(this.entry, item));
    if (now) await this.charge();
  }

  /** Opens a ticket for what is keyed; false if there is none. */
  async charge(): Promise<boolean> {
    if (this.busy || this.gross <= 0) return false;
    if (!this.#keyedSince && performance.now() - this.#openedAt < ENTER_IGNORED_MS) return false;
    const { entry, discount, note } = this;
    const sale = this.sale();
    // Cleared at once, so that keys pressed while the till answers already belong to the next sale.
    this.#reset();
    const opened = await this.act(async () => {
      this.#opened(await this.#app.call<'ring_up'>({ verb: 'ring_up', request_id: requestId(), sale }));
    }, true);
    if (!opened && this.isEmpty) {
      this.entry = entry;
      this.discount = discount;
      this.note = note;
      this.#reprice();
    }
    return opened;
  }

  askCash(): void {
    if (this.gross > 0) this.ask = { kind: 'cash', ticket: null, due: this.price };
    else if (isAsking(this.ticket && scanOf(this.ticket)))
      showToast({ icon: 'alert', tone: 'warn', text: t('trade.stop_first') });
    else if (this.ticket?.moves.includes('take_cash'))
      this.ask = { kind: 'cash', ticket: this.ticket, due: this.ticket.due_fen + this.ticket.tail_fen };
  }

  /** Cash for the ticket, or for what is keyed. Resolves true when it was taken. */
  async takeCash(ticket: TicketView | null, tendered_fen: Fen | null, request_id: string): Promise<boolean> {
    return this.act(async () => {
      if (ticket) {
        const ticket_id = ticket.id;
        this.#app.place(
          await this.#app.call<'take_cash'>({ verb: 'take_cash', request_id, ticket_id, tendered_fen }),
        );
      } else {
        const sale = this.sale();
        this.#app.place(
          await this.#app.call<'sell_cash'>({ verb: 'sell_cash', request_id, sale, tendered_fen }),
        );
        this.#reset();
      }
      this.ask = null;
    });
  }

  async confirmByHand(
    ticket: TicketView,
    channel: Channel,
    reason: string,
    request_id: string,
  ): Promise<boolean> {
    return this.act(async () => {
      const ticket_id = ticket.id;
      this.#app.place(
        await this.#app.call<'confirm_by_hand'>({
          verb: 'confirm_by_hand',
          request_id,
          ticket_id,
          channel,
          reason,
        }),
      );
      this.ask = null;
    });
  }

  /**
   * First time arms, second time cancels; a ticket younger than five seconds is asked about. While the customer confirms
   * a scanned code, that is stopped, and the ticket waits on.
   */
  async cancelStep(ticket: TicketView): Promise<void> {
    const asking = isAsking(scanOf(ticket));
    if (this.armed !== ticket.id) {
      this.armed = ticket.id;
      clearTimeout(this.#disarm);
      this.#disarm = setTimeout(() => (this.armed = null), CANCEL_ARMED_MS);
    } else if (asking) await this.scan.stop(ticket);
    else if (clock.exact() - ticket.opened_at < CANCEL_ASKS_MS) {
      this.armed = null;
      this.ask = { kind: 'cancel', ticket };
    } else await this.cancel(ticket);
  }

  async cancel(ticket: TicketView): Promise<boolean> {
    this.armed = null;
    return this.act(async () => {
      const ticket_id = ticket.id;
      this.#app.place(await this.#app.call<'cancel'>({ verb: 'cancel', request_id: requestId(), ticket_id }));
      this.ask = null;
      this.#leave(ticket.id);
    });
  }

  async ringAgain(ticket: TicketView): Promise<boolean> {
    return this.act(async () => {
      const ticket_id = ticket.id;
      const again = await this.#app.call<'ring_again'>({
        verb: 'ring_again',
        request_id: requestId(),
        ticket_id,
      });
      this.dismissed = new Set([...this.dismissed, ticket.id]);
      this.#opened(again);
    }, true);
  }

  /** Accepts the late payment proposed to this ticket. */
  async acceptLate(ticket: TicketView): Promise<boolean> {
    const item_id = ticket.proposed_item_id;
    if (item_id === null) return false;
    return this.act(async () => {
      const ticket_id = ticket.id;
      this.#app.place(
        await this.#app.call<'accept'>({ verb: 'accept', request_id: requestId(), item_id, ticket_id }),
      );
    });
  }

  /** Puts a ticket on the stage and, if its customer is here, on the counter screen. */
  async show(ticket: TicketView): Promise<void> {
    flood.close();
    this.selected = ticket.id;
    if (ticket.status !== 'open' || ticket.shown || isElsewhere(ticket)) return;
    try {
      await this.#app.call<'show'>({ verb: 'show', ticket_id: ticket.id });
    } catch (e) {
      this.#tell(toApiError(e));
    }
  }

  dismiss(ticket: TicketView): void {
    this.dismissed = new Set([...this.dismissed, ticket.id]);
    this.#leave(ticket.id);
  }

  /** Sets what is keyed aside; with nothing keyed, lists what was set aside. */
  async park(): Promise<void> {
    if (this.gross <= 0) {
      this.ask = { kind: 'parked' };
      return;
    }
    await this.act(async () => {
      await this.#app.call<'park'>({ verb: 'park', request_id: requestId(), sale: this.sale() });
      this.#reset();
      showToast({ icon: 'check', text: t('till.parked.done') });
    });
  }

  async unpark(parked_id: number): Promise<boolean> {
    return this.act(async () => {
      const sale = await this.#app.call<'unpark'>({ verb: 'unpark', request_id: requestId(), parked_id });
      this.ask = null;
      const terms = sale.lines.map((line) => {
        const price = fenToText(line.price_fen);
        return { ...line, text: line.count > 1 ? `${price} × ${line.count}` : price };
      });
      this.note = sale.note;
      this.discount = sale.discount;
      this.key({ ...EMPTY, terms });
    });
  }

  /** One act at a time: while one is in flight, another does nothing. */
  async act(work: () => Promise<void>, banner = false): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    try {
      await work();
      return true;
    } catch (e) {
      const error = toApiError(e);
      if (banner && error.code !== 'internal') this.problem = error;
      else this.#tell(error);
      return false;
    } finally {
      this.busy = false;
      for (const go of this.#queue.splice(0)) go();
    }
  }

  /** Done when no act is in flight. */
  async idle(): Promise<void> {
    while (this.busy) await new Promise<void>((go) => this.#queue.push(go));
  }

  #tell(error: ApiError): void {
    showToast({ tone: 'err', icon: 'alert', text: errorText(error) });
  }

  /** A ticket straight from its reply: onto the stage before anything else is asked. */
  #opened(ticket: TicketView): void {
    this.#openedAt = performance.now();
    this.#keyedSince = !this.isEmpty;
    this.problem = this.scan.fault = null;
    this.#app.place(ticket);
    this.selected = ticket.id;
  }

  #reset(): void {
    this.entry = EMPTY;
    this.discount = null;
    this.note = '';
    this.priced = null;
    this.#pricing += 1;
    this.#cart.forget();
  }

  #leave(id: number): void {
    if (this.selected === id) this.selected = this.#app.atCounter[0]?.id ?? null;
  }

  #reprice(): void {
    const round = (this.#app.settings?.rounding ?? 'none') !== 'none';
    const turn = ++this.#pricing;
    if (this.gross <= 0 || (!round && this.discount === null)) {
      this.priced = null;
      return;
    }
    this.#app.call<'price_sale'>({ verb: 'price_sale', sale: this.sale() }).then(
      (priced) => {
        if (turn === this.#pricing) this.priced = priced;
      },
      () => {
        if (turn === this.#pricing) this.priced = null;
      },
    );
  }

  #take(event: TillEvent): void {
    if (event.event === 'ticket://paid') {
      const { ticket } = event;
      if (isElsewhere(ticket))
        showToast({
          icon: 'plug',
          text: t('till.program.paid', {
            program: ticket.program?.name ?? '',
            number: ticketNumber(ticket),
            amount: fenToText(ticket.due_fen),
          }),
        });
      else if (route.name === 'till') {
        const card = document.querySelector(`[data-ticket-id="${ticket.id}"]`);
        flood.open(ticket, card?.getBoundingClientRect());
      } else
        showToast({
          icon: 'check',
          text: t('till.paid.toast', {
            amount: `¥${fenToText(ticket.due_fen)}`,
            number: ticketNumber(ticket),
          }),
        });
      if (this.ask && 'ticket' in this.ask && this.ask.ticket?.id === ticket.id) this.ask = null;
      this.#leave(ticket.id);
    } else if (event.event === 'ticket://changed' && event.ticket.status === 'cancelled') {
      if (event.ticket.proposed_item_id === null) this.#leave(event.ticket.id);
    }
  }
}

/** `#041` */
export function ticketNumber(ticket: { number: number }): string {
  return `#${String(ticket.number).padStart(3, '0')}`;
}

const KEY = Symbol('sell');

export function provideSell(sell: Sell): Sell {
  return setContext(KEY, sell);
}

/** The selling side of this window. */
export function useSell(): Sell {
  return getContext<Sell>(KEY);
}

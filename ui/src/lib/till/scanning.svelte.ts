import { isElsewhere } from '$lib/app/elsewhere';
import { type App, errorText } from '$lib/app/state.svelte';
import { toApiError } from '$lib/backend/errors';
import { requestId } from '$lib/backend/request-id';
import type { Channel, TicketView } from '$lib/bindings';
import { t } from '$lib/i18n';
import { showToast } from '$lib/kit/toasts.svelte';
import { paymentCodes } from '$lib/trade/authcode';
import { isAsking, liveScan, scanOf } from '$lib/trade/trade';
import type { Sell } from './sell.svelte';

/** Why a payment code was not charged, in words. */
export interface ScanFault {
  title: string;
  text: string;
  /** The remedy is in the settings. */
  setUp: boolean;
}

/** Charging the code on the customer's phone. The digits pass through; nothing here keeps them. */
export class Scanning {
  readonly #app: App;
  readonly #sell: Sell;
  fault = $state.raw<ScanFault | null>(null);
  /** The ticket that the provider is being asked about. */
  asking = $state<number | null>(null);
  /** Channels whose customers' codes can be charged. */
  readonly channels: readonly Channel[] = $derived.by(() => this.#app.health?.scans ?? []);

  constructor(app: App, sell: Sell) {
    this.#app = app;
    this.#sell = sell;
  }

  /** Opens the dialog to type or paste a code, if there is something to charge. */
  open(): void {
    const sell = this.#sell;
    if (this.channels.length === 0) return this.#tell(null);
    if (sell.gross > 0) {
      sell.ask = { kind: 'scan', ticket: null, due: sell.price };
      return;
    }
    const ticket = this.#waiting();
    if (ticket && !this.#stillLive(ticket)) sell.ask = { kind: 'scan', ticket, due: ticket.due_fen };
  }

  /** Charges a code: for what is keyed, which is rung up first, or else for the ticket on the stage. */
  async take(code: string): Promise<void> {
    const sell = this.#sell;
    this.fault = null;
    const channel = paymentCodes.channelOf(code);
    if (channel === null) return this.strange();
    if (!this.channels.includes(channel)) return this.#tell(channel);
    await sell.idle();
    if (sell.gross > 0 && !(await sell.charge())) return;
    const ticket = this.#waiting();
    if (!ticket || this.#stillLive(ticket)) return;
    sell.selected = ticket.id;
    await this.#change(async () => {
      const request = {
        verb: 'scan' as const,
        request_id: requestId(),
        ticket_id: ticket.id,
        auth_code: code,
      };
      this.#app.place(await this.#app.call<'scan'>(request));
    });
  }

  /** What was scanned is nobody's payment code. */
  strange(): void {
    this.fault = { title: t('trade.fault.title'), text: t('trade.fault.strange'), setUp: false };
  }

  /** Asks once more, then cancels: the ticket waits on. */
  async stop(ticket: TicketView): Promise<void> {
    this.#sell.armed = null;
    if (!isAsking(scanOf(ticket))) return;
    await this.#sell.act(async () => {
      const request = { verb: 'stop_scan' as const, request_id: requestId(), ticket_id: ticket.id };
      this.#app.place(await this.#app.call<'stop_scan'>(request));
    });
  }

  /** Asks the provider now. What it says comes with events. */
  async askAgain(ticket: TicketView): Promise<void> {
    if (this.asking !== null) return;
    this.asking = ticket.id;
    try {
      this.#app.place(await this.#app.call<'ask_trade'>({ verb: 'ask_trade', ticket_id: ticket.id }));
    } catch (e) {
      showToast({ tone: 'err', icon: 'alert', text: errorText(toApiError(e)) });
    } finally {
      this.asking = null;
    }
  }

  /** The ticket a code is for: on the stage, or the only one that waits here. Says what is missing when there is none. */
  #waiting(): TicketView | null {
    const staged = this.#sell.ticket;
    const here = this.#app.atCounter;
    const only = here.length === 1 ? here[0] : undefined;
    const ticket = staged && !isElsewhere(staged) ? staged : (only ?? null);
    if (ticket?.status === 'open') return ticket;
    const why = ticket ? 'trade.fault.ended' : here.length > 1 ? 'trade.fault.which' : 'trade.fault.nothing';
    this.fault = { title: t('trade.fault.title'), text: t(why), setUp: false };
    return null;
  }

  #stillLive(ticket: TicketView): boolean {
    if (liveScan(ticket) === null) return false;
    showToast({ tone: 'warn', icon: 'alert', text: t('trade.fault.live') });
    return true;
  }

  /** No contract charges codes of this channel, or of any. */
  #tell(channel: Channel | null): void {
    this.fault = {
      title: t('trade.fault.title'),
      text:
        channel === null
          ? t('trade.fault.none')
          : t('trade.fault.channel', { channel: t(`channel.${channel}`) }),
      setUp: true,
    };
  }

  async #change(work: () => Promise<void>): Promise<void> {
    await this.#sell.act(async () => {
      try {
        await work();
      } catch (e) {
        const error = toApiError(e);
        // Without an answer nobody knows whether it was charged.
        const unsure = error.code === 'unavailable' || error.code === 'internal';
        this.fault = {
          title: t(unsure ? 'trade.fault.unsure' : 'trade.fault.title'),
          text: errorText(error),
          setUp: false,
        };
      }
    });
  }
}

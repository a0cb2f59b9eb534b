import type { TicketView } from '$lib/bindings';
import { isElsewhere } from './elsewhere';

/** The paid state of the window. Only `ticket://paid` may set it, and only for a customer who stands here. */
class Flood {
  ticket = $state.raw<TicketView | null>(null);
  /** Where the circle opens, as CSS lengths. */
  x = $state('66vw');
  y = $state('50vh');
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** How long it stays unless a key comes first. */
  static readonly SHOWN_MS = 4000;

  open(ticket: TicketView, from?: DOMRect): void {
    if (isElsewhere(ticket)) return;
    if (from) {
      this.x = `${from.left + from.width / 2}px`;
      this.y = `${from.top + from.height / 2}px`;
    }
    this.ticket = ticket;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.close(), Flood.SHOWN_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.ticket = null;
  }
}

export const flood = new Flood();

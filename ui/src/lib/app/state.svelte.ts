import { getContext, setContext } from 'svelte';

import { toApiError } from '$lib/backend/errors';
import { requestId } from '$lib/backend/request-id';
import type { ApiError, Backend, RequestOf, Stop, TillEvent, Verb } from '$lib/backend/types';
import type { Health, QuickItem, Replies, Role, Settings, TicketView, Today } from '$lib/bindings';
import { fenToText } from '$lib/money';
import { setLang, t } from '$lib/i18n';
import { showToast } from '$lib/kit/toasts.svelte';
import { paymentCodes } from '$lib/trade/authcode';
import { approvalFor, Approvals } from '$lib/people/approvals.svelte';
import { atLeast, Session } from '$lib/people/session.svelte';
import { clock } from './clock.svelte';
import { counterFirst, isElsewhere } from './elsewhere';
import { ProgramsWatch } from './programs.svelte';
import { route } from './route.svelte';
import { needsLook } from './ways';

const HEALTH_EVERY_MS = 15_000;
const RECENT = 12;
/** Newest tickets looked through for some that ended unpaid. */
const LATEST = 40;

/**
 * Ended without money, but money may still come or has just come late. A web shop's carts are left behind by the dozen,
 * and nobody at the counter asks about one: of those only late money counts.
 */
function mayStillBePaid(ticket: TicketView): boolean {
  if (isElsewhere(ticket)) return ticket.status !== 'paid' && ticket.proposed_item_id !== null;
  return ticket.status === 'expired' || (ticket.status === 'cancelled' && ticket.proposed_item_id !== null);
}

/**
 * What every screen of the till window knows: health, settings, the tickets that wait, the newest payments. It follows
 * the till's events; a list is patched from the event at once (so that it is painted at once) and then asked for again.
 */
export class App {
  readonly backend: Backend;
  readonly session: Session;
  readonly approvals = new Approvals();
  readonly programs = new ProgramsWatch((request) => this.call(request));
  health = $state.raw<Health | null>(null);
  settings = $state.raw<Settings | null>(null);
  /** Tickets that wait for money: the counter's own, then those of programs, each newest first. */
  waiting = $state.raw<readonly TicketView[]>([]);
  /** Those whose customer stands at the counter. */
  readonly atCounter: readonly TicketView[] = $derived.by(() => this.waiting.filter((x) => !isElsewhere(x)));
  /** Tickets that ended unpaid a moment ago, newest first: somebody may still have paid. */
  ended = $state.raw<readonly TicketView[]>([]);
  /** Paid tickets, newest first. */
  recent = $state.raw<readonly TicketView[]>([]);
  items = $state.raw<readonly QuickItem[]>([]);
  today = $state.raw<Today | null>(null);
  /** A contract that the owner should look at; others could do nothing about it. */
  readonly contractsWanting: boolean = $derived.by(
    () => this.#mayDo('owner') && (this.health?.contracts.some((one) => needsLook(one, clock.now)) ?? false),
  );
  inboxOpen = $state(0);
  /** False while the engine does not answer. */
  reachable = $state(true);
  /** Done when the tickets were listed for the first time. */
  loaded: Promise<void> = Promise.resolve();
  #listeners = new Set<(event: TillEvent) => void>();
  #relist: ReturnType<typeof setTimeout> | undefined;

  constructor(backend: Backend) {
    this.backend = backend;
    this.session = new Session(
      (request) => this.call(request),
      (locked) => {
        // What waits for an approval belongs to whoever stood here; what was kept back is shown to whoever comes.
        if (locked) this.approvals.drop();
        else void this.loadAll();
      },
    );
  }

  /**
   * Asks the till; rejects with an `ApiError`. What needs somebody of higher rank asks for their PIN in place and is
   * then sent again under the same request id; given up, it rejects as the till refused it.
   */
  async call<V extends Verb>(request: RequestOf<V>): Promise<Replies[V]> {
    for (;;) {
      try {
        return await this.#send<V>(request);
      } catch (e) {
        const error = toApiError(e);
        if (error.code === 'locked' && request.verb !== 'session')
          void this.#quietly(() => this.session.load());
        const need = approvalFor(request, error);
        if (!need || !(await this.approvals.ask(request, need))) throw error;
      }
    }
  }

  async #send<V extends Verb>(request: RequestOf<V>): Promise<Replies[V]> {
    try {
      const reply = await this.backend.call<V>(request);
      this.reachable = true;
      return reply;
    } catch (e) {
      const error = toApiError(e);
      if (error.code === 'unavailable') this.reachable = false;
      throw error;
    }
  }

  /** Goes into practice mode or out of it; a failure is said. */
  async setPractice(on: boolean): Promise<void> {
    try {
      await this.backend.setPractice?.(on);
    } catch (e) {
      showToast({ tone: 'err', icon: 'alert', text: toApiError(e).message });
    }
  }

  /** Follows the till's events; the lists here are already up to date when a listener runs. */
  onEvent(listener: (event: TillEvent) => void): Stop {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Loads everything and follows events until stopped. */
  start(): Stop {
    const stopClock = clock.start();
    const stopEvents = this.backend.onEvent(
      (event) => this.#take(event),
      () => {
        void this.loadHealth();
        void this.loadTickets();
      },
    );
    const timer = setInterval(() => void this.loadHealth(), HEALTH_EVERY_MS);
    this.loaded = this.loadAll();
    return () => {
      stopClock();
      stopEvents();
      clearInterval(timer);
      clearTimeout(this.#relist);
      this.programs.stop();
    };
  }

  /** Everything that a locked till keeps to itself, and who is here. */
  async loadAll(): Promise<void> {
    const rest = [this.loadSettings(), this.loadHealth(), this.loadTickets()];
    await this.#quietly(() => this.session.load());
    await Promise.all([...rest, this.loadPrograms()]);
  }

  async loadHealth(): Promise<void> {
    await this.#quietly(async () => {
      const health = await this.call<'health'>({ verb: 'health' });
      clock.observe(health.now);
      this.health = health;
      this.inboxOpen = health.inbox_open;
      paymentCodes.table = health.payment_codes;
    });
  }

  /** Programs are for a manager's eyes; a cashier is not asked about them. */
  async loadPrograms(): Promise<void> {
    if (this.#mayDo('manager')) await this.#quietly(() => this.programs.load());
    else this.programs.forget();
  }

  #mayDo(needed: Role): boolean {
    const view = this.session.view;
    return view !== null && !view.locked && atLeast(view.role, needed);
  }

  async loadSettings(): Promise<void> {
    await this.#quietly(async () => {
      const items = this.call<'items'>({ verb: 'items' });
      // A locked till may keep its items and still say its name.
      items.catch(() => {});
      this.useSettings(await this.call<'settings'>({ verb: 'settings' }));
      this.items = await items;
    });
  }

  /** Takes over settings that were just saved or loaded. */
  useSettings(settings: Settings): void {
    this.settings = settings;
    setLang(settings.lang);
  }

  /** Saves some settings; the rest stays as it is. Rejects with an `ApiError`. */
  async saveSettings(change: Partial<Settings>): Promise<void> {
    const before = this.settings ?? (await this.call<'settings'>({ verb: 'settings' }));
    this.useSettings(
      await this.call<'save_settings'>({
        verb: 'save_settings',
        request_id: requestId(),
        settings: { ...before, ...change },
      }),
    );
  }

  async loadTickets(): Promise<void> {
    await this.#quietly(async () => {
      const [waiting, paid, latest, today] = await Promise.all([
        this.call<'waiting'>({ verb: 'waiting' }),
        this.call<'tickets'>({ verb: 'tickets', status: 'paid', limit: RECENT }),
        this.call<'tickets'>({ verb: 'tickets', status: null, limit: LATEST }),
        this.call<'today'>({ verb: 'today' }),
      ]);
      this.waiting = waiting.toSorted(counterFirst);
      this.recent = paid.toSorted((a, b) => (b.paid_at ?? 0) - (a.paid_at ?? 0));
      this.ended = latest.filter(mayStillBePaid).toSorted(counterFirst);
      this.today = today;
    });
  }

  /** Puts a ticket's newest state where it belongs, before any list is asked for again. */
  place(ticket: TicketView): void {
    clock.observe(ticket.now);
    const without = (list: readonly TicketView[]): TicketView[] =>
      list.filter((other) => other.id !== ticket.id);
    const inOrder = (list: readonly TicketView[]): TicketView[] =>
      [ticket, ...without(list)].sort(counterFirst);
    this.waiting = ticket.status === 'open' ? inOrder(this.waiting) : without(this.waiting);
    this.ended = mayStillBePaid(ticket) ? inOrder(this.ended).slice(0, 5) : without(this.ended);
    if (ticket.status !== 'paid') return;
    // A paid ticket that changes (paid twice, say) keeps its place.
    const known = this.recent.some((other) => other.id === ticket.id);
    this.recent = known
      ? this.recent.map((other) => (other.id === ticket.id ? ticket : other))
      : [ticket, ...this.recent].slice(0, RECENT);
  }

  #take(event: TillEvent): void {
    switch (event.event) {
      case 'ticket://opened':
      case 'ticket://changed':
      case 'ticket://paid':
      case 'ticket://refunded':
        this.place(event.ticket);
        this.#relistSoon();
        break;
      case 'inbox://changed':
        this.inboxOpen = event.open;
        // A locked till shows nobody's money; the item waits in the inbox.
        if (event.alert && event.reason && !this.session.locked) {
          const amount = event.amount_fen === null ? '' : `¥${fenToText(event.amount_fen)}`;
          const section = event.item_id === null ? '' : String(event.item_id);
          showToast({
            tone: 'warn',
            icon: 'alert',
            text: t(`toast.inbox.${event.reason}`, { amount }),
            action: { text: t('toast.inbox.open'), run: () => route.go('inbox', section) },
          });
        }
        this.#relistSoon();
        break;
      case 'device://changed':
        void this.loadHealth();
        if (event.state_changed && event.state === 'offline')
          showToast({ tone: 'err', icon: 'phone-off', text: t('toast.phone.offline', { name: event.name }) });
        break;
      // What can be scanned, and whether the contracts are locked, are part of how the till is.
      case 'gateways://changed':
        void this.loadHealth();
        break;
      case 'settings://changed':
        void this.loadSettings();
        void this.loadHealth();
        break;
      case 'alert://failed':
        showToast({ tone: 'warn', icon: 'bell', text: t('toast.alert_failed', { cause: event.cause }) });
        break;
      case 'backup://changed':
        // A backup that fails at night is worth a word: nobody looks at its page.
        if (event.trouble)
          showToast({
            tone: 'warn',
            icon: 'alert',
            text: t('backup.trouble', { cause: event.trouble }),
            action: { text: t('strip.port.fix'), run: () => route.go('settings', 'files') },
          });
        break;
      case 'session://changed':
        void this.#quietly(async () => {
          await this.session.load();
          await this.loadPrograms();
        });
        break;
      case 'programs://changed':
      case 'callback://changed':
        if (this.#mayDo('manager')) this.programs.soon();
        break;
      case 'port://refused':
      case 'gateways://changed':
        void this.loadHealth();
        break;
      case 'display://changed':
        break;
    }
    for (const listener of this.#listeners) listener(event);
  }

  #relistSoon(): void {
    clearTimeout(this.#relist);
    this.#relist = setTimeout(() => void this.loadTickets(), 250);
  }

  /** Background loading: a failure is not the person's act, the strip says it. */
  async #quietly(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (e) {
      if (toApiError(e).code === 'internal') console.error(e);
    }
  }
}

/** The words for an error: the till's own cause, or a plain sentence when it had none. */
export function errorText(error: ApiError): string {
  if (error.message) return error.message;
  return error.code === 'unavailable' ? t('error.unavailable') : t('error.internal');
}

const KEY = Symbol('app');

export function provideApp(app: App): App {
  return setContext(KEY, app);
}

/** The app of this component tree. */
export function useApp(): App {
  return getContext<App>(KEY);
}

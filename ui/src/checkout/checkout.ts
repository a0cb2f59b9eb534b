import type { CheckoutState, Lang } from '$lib/bindings';
import { amountInWords, fenToText } from '$lib/money';
import { shareLeft, TillClock } from './clock';
import type { Device } from './device';
import { el, mark } from './dom';
import { opening, over, paid, trouble } from './ended';
import { Feed, type Net } from './feed';
import { Leaving, webAddress } from './leave';
import type { Screen } from './screen';
import { settle } from './state';
import { languageFor, say } from './texts';
import { type Choice, waiting } from './waiting';

const TICK_MS = 250;
/** The green opens over the old colours; then what lies behind the page turns as well. */
const FLOODED_MS = 400;

export interface World {
  net: Net;
  device: Device;
  languages: readonly string[];
  /** Opens another page in place of this one. */
  open: (address: string) => void;
  /** The customer came here with the browser's arrow, so is not to be sent away again. */
  cameBack: boolean;
  dark: boolean;
  steady?: () => number;
}

type Kind = 'opening' | 'gone' | 'unreachable' | 'waiting' | 'paid' | 'over';

/** One order's page. */
export class Checkout {
  readonly #world: World;
  readonly #page: HTMLElement;
  readonly #said: HTMLElement;
  readonly #feed: Feed;
  readonly #clock: TillClock;
  readonly #leaving = new Leaving(() => document.visibilityState === 'visible');
  readonly #choice: Choice = { picture: null };
  #state: CheckoutState | null = null;
  #link: 'live' | 'lost' | 'gone' = 'live';
  #chosenLang: Lang | null = null;
  #drawn = '';
  #drawnKind: Kind | null = null;
  #screen: Screen = { node: el('main') };
  #announced: Kind | null = null;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #timeUp = false;

  /** `base`: the path of the order's page. */
  constructor(page: HTMLElement, said: HTMLElement, base: string, world: World) {
    this.#page = page;
    this.#said = said;
    this.#world = world;
    this.#clock = new TillClock(world.steady);
    this.#feed = new Feed(base, world.net, (news) => {
      if (news.kind === 'state') this.#take(news.state);
      else this.#link = news.kind;
      this.#draw();
    });
  }

  /** Starts it, or asks anew: on arrival and whenever the page comes back to sight. */
  wake(): void {
    if (this.#state?.status !== 'paid') this.#feed.wake();
    this.#ticker ??= setInterval(() => this.#tick(), TICK_MS);
    this.#draw();
  }

  sleep(): void {
    this.#feed.stop();
    // On the way to the shop already: whoever comes back is not sent away again.
    if (this.#leaving.left !== null) this.#leaving.stop();
    clearInterval(this.#ticker);
    this.#ticker = undefined;
  }

  setDark(dark: boolean): void {
    this.#world.dark = dark;
    this.#dress();
  }

  get #lang(): Lang {
    return this.#chosenLang ?? languageFor(this.#world.languages, this.#state?.lang);
  }

  get #left(): number {
    return this.#state === null ? 0 : this.#state.expires_at - this.#clock.now();
  }

  get #kind(): Kind {
    if (this.#state === null)
      return this.#link === 'gone' ? 'gone' : this.#link === 'lost' ? 'unreachable' : 'opening';
    if (this.#state.status === 'paid') return 'paid';
    // Over by the till's clock, although the till did not say so yet: nobody is to pay into the last second.
    return this.#state.status === 'waiting' && this.#left > 0 ? 'waiting' : 'over';
  }

  #take(next: CheckoutState): void {
    this.#link = 'live';
    const held = this.#state;
    this.#state = settle(held, next);
    if (this.#state === next) this.#clock.set(next.now);
    this.#timeUp &&= this.#left <= 0;
  }

  #tick(): void {
    if (this.#state?.status === 'waiting' && this.#left <= 0 && !this.#timeUp) {
      this.#timeUp = true;
      this.#feed.wake();
    }
    if (this.#kind === this.#drawnKind) this.#pulse();
    else this.#draw();
  }

  #draw(): void {
    const kind = this.#kind;
    const lang = this.#lang;
    // The till's clock moves with every state; nothing that is drawn depends on it.
    const drawn = JSON.stringify([kind, lang, { ...this.#state, now: 0 }]);
    if (drawn !== this.#drawn) {
      this.#drawn = drawn;
      this.#drawnKind = kind;
      this.#build(kind, lang);
      this.#announce(kind, lang);
      if (kind === 'paid') this.#goOn();
    }
    this.#pulse();
  }

  #pulse(): void {
    this.#screen.pulse?.({
      left: this.#left,
      share: this.#state ? shareLeft(this.#state.opened_at, this.#state.expires_at, this.#clock.now()) : 0,
      lost: this.#link === 'lost',
      leaving: this.#leaving.left,
    });
  }

  #build(kind: Kind, lang: Lang): void {
    const focused = this.#page.contains(document.activeElement) ? document.activeElement?.id : '';
    document.documentElement.lang = lang;
    this.#screen = this.#screenFor(kind, lang);
    this.#page.textContent = '';
    if (this.#state?.practice)
      this.#page.append(el('div', { class: 'practice' }, el('span', {}, say(lang, 'practice'))));
    this.#page.append(this.#header(lang), this.#screen.node);
    if (focused) document.getElementById(focused)?.focus();
    this.#dress();
    const shop = this.#state?.shop_name || 'Qiantai';
    const due = this.#state ? ` ¥${fenToText(this.#state.due_fen)}` : '';
    document.title = `${say(lang, kind === 'paid' ? 'paid' : 'pay')}${due} · ${shop}`;
  }

  #screenFor(kind: Kind, lang: Lang): Screen {
    const state = this.#state;
    if (state === null || kind === 'gone' || kind === 'unreachable' || kind === 'opening')
      return kind === 'gone' || kind === 'unreachable'
        ? trouble(kind, lang, () => this.#retry())
        : opening(lang);
    if (kind === 'paid') return paid(state, lang, () => this.#stay());
    if (kind === 'over') return over(state, lang);
    return waiting(state, this.#world.device, lang, this.#choice);
  }

  #header(lang: Lang): HTMLElement {
    const [other, short, name] =
      lang === 'en' ? (['zh-CN', '中文', '中文'] as const) : (['en', 'EN', 'English'] as const);
    const change = el(
      'button',
      { type: 'button', id: 'lang', class: 'lang muted', lang: other, 'aria-label': name },
      short,
    );
    change.addEventListener('click', () => {
      this.#chosenLang = other;
      this.#draw();
    });
    const { shop_name: shop = '', title = '' } = this.#state ?? {};
    return el(
      'header',
      { class: 'head' },
      mark(),
      el(
        'div',
        { class: 'who' },
        el('div', { class: 'shop' }, shop),
        title ? el('div', { class: 'title muted' }, title) : null,
      ),
      change,
    );
  }

  /** Light, dark, or the green of a paid order. */
  #dress(): void {
    const root = document.documentElement;
    const theme = this.#world.dark ? 'dark' : 'light';
    const flooded = this.#kind === 'paid';
    if (flooded) {
      this.#page.dataset['theme'] = 'flood';
      setTimeout(() => (root.dataset['theme'] = 'flood'), FLOODED_MS);
    } else {
      delete this.#page.dataset['theme'];
      root.dataset['theme'] = theme;
    }
    const behind = getComputedStyle(this.#page).getPropertyValue('--bg').trim();
    if (behind) document.querySelector('meta[name="theme-color"]')?.setAttribute('content', behind);
  }

  /** Says aloud what the eye sees, once: a repeat of the same state or another language says nothing. */
  #announce(kind: Kind, lang: Lang): void {
    if (this.#announced === kind || this.#state === null) return;
    this.#announced = kind;
    if (kind === 'paid')
      this.#said.textContent = say(lang, 'paid.said', { amount: amountInWords(this.#state.due_fen, lang) });
    else if (kind === 'over')
      this.#said.textContent = say(lang, this.#state.status === 'closed' ? 'closed' : 'expired');
    else this.#said.textContent = '';
  }

  #goOn(): void {
    const address = webAddress(this.#state?.return_url ?? null);
    if (address === null || this.#world.cameBack) return;
    this.#leaving.start(
      () => this.#world.open(address),
      () => this.#draw(),
    );
  }

  #stay(): void {
    this.#leaving.stop();
    this.#draw();
  }

  #retry(): void {
    this.#link = 'live';
    this.#feed.wake();
    this.#draw();
  }
}

import { errorText, type App } from '$lib/app/state.svelte';
import { toApiError } from '$lib/backend/errors';
import type {
  Channel,
  GatewaySafe,
  GatewaySettings,
  GatewayTest,
  Gateways,
  GatewayValue,
  GatewayView,
  KeyFacts,
  KeyPair,
  StatementCheck,
} from '$lib/bindings';

/** Events come in bursts: a payment is asked about again and again. */
const SOON_MS = 300;

/** The contracts page: what the till says about contracts, and the acts on them. Acts reject with an `ApiError`. */
export class GatewayDesk {
  view = $state.raw<Gateways | null>(null);
  fault = $state('');
  readonly #app: App;
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(app: App) {
    this.#app = app;
  }

  /** Loads and follows until stopped. */
  start(): () => void {
    void this.load();
    const stop = this.#app.onEvent((event) => {
      if (event.event !== 'gateways://changed') return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.load(), SOON_MS);
    });
    return () => {
      stop();
      clearTimeout(this.#timer);
      this.#turn += 1;
    };
  }

  async load(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const view = await this.#app.call<'gateways'>({ verb: 'gateways' });
      if (turn !== this.#turn) return;
      this.view = view;
      this.fault = '';
    } catch (e) {
      if (turn === this.#turn) this.fault = errorText(toApiError(e));
    }
  }

  inspect = (text: string, password: string | null): Promise<KeyFacts[]> =>
    this.#app.call<'inspect_key'>({ verb: 'inspect_key', text, password });

  makePair = (): Promise<KeyPair> => this.#app.call<'make_key_pair'>({ verb: 'make_key_pair' });

  async add(
    provider: Channel,
    settings: GatewaySettings,
    values: GatewayValue[],
    request_id: string,
  ): Promise<GatewayView> {
    return this.#put(
      await this.#app.call<'add_gateway'>({ verb: 'add_gateway', request_id, provider, settings, values }),
    );
  }

  async update(
    gateway_id: number,
    settings: GatewaySettings,
    values: GatewayValue[],
    request_id: string,
  ): Promise<GatewayView> {
    const request = { verb: 'update_gateway', request_id, gateway_id, settings, values } as const;
    return this.#put(await this.#app.call<'update_gateway'>(request));
  }

  async end(gateway_id: number, request_id: string): Promise<void> {
    this.#put(await this.#app.call<'end_gateway'>({ verb: 'end_gateway', request_id, gateway_id }));
  }

  async test(gateway_id: number): Promise<GatewayTest> {
    const result = await this.#app.call<'test_gateway'>({ verb: 'test_gateway', gateway_id });
    // How it stands has changed with the answer.
    void this.load();
    return result;
  }

  bill(gateway_id: number, date: string, request_id: string): Promise<StatementCheck> {
    return this.#app.call<'fetch_bill'>({ verb: 'fetch_bill', request_id, gateway_id, date });
  }

  choose = (old: string | null, passphrase: string, request_id: string): Promise<GatewaySafe> =>
    this.#locks(this.#app.call<'set_passphrase'>({ verb: 'set_passphrase', request_id, old, passphrase }));

  unlock = (passphrase: string): Promise<GatewaySafe> =>
    this.#locks(this.#app.call<'unlock_contracts'>({ verb: 'unlock_contracts', passphrase }));

  forget = (request_id: string): Promise<GatewaySafe> =>
    this.#locks(this.#app.call<'forget_passphrase'>({ verb: 'forget_passphrase', request_id }));

  /** Takes over how the keys are locked up now; the contracts stand otherwise with it. */
  async #locks(answer: Promise<GatewaySafe>): Promise<GatewaySafe> {
    const safe = await answer;
    if (this.view) this.view = { ...this.view, safe };
    void this.load();
    return safe;
  }

  /** Puts a changed contract in its place; an answer under way that is older must not undo it. */
  #put(gateway: GatewayView): GatewayView {
    this.#turn += 1;
    if (this.view) {
      const others = this.view.gateways;
      const known = others.some((other) => other.id === gateway.id);
      const gateways = known
        ? others.map((other) => (other.id === gateway.id ? gateway : other))
        : [...others, gateway];
      this.view = { ...this.view, gateways };
    }
    return gateway;
  }
}

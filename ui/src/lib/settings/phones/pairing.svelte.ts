import { toApiError } from '$lib/backend/errors';
import { requestId } from '$lib/backend/request-id';
import { type App, errorText } from '$lib/app/state.svelte';
import type { CheckItem, DeviceView, Drawing, Pairing } from '$lib/bindings';

const EVERY_MS = 2000;

/** The texts of a pairing that name this computer's address. */
export interface Texts {
  host_key: string;
  vmq_config: string;
  smsforwarder_url: string;
  push_url: string;
  json_url: string;
}

/** The texts with another of the computer's addresses in place of the first. */
export function textsFor(pairing: Pairing, address: string): Texts {
  const first = pairing.addresses[0] ?? '';
  const swap = (text: string): string => {
    if (first === '' || address === first) return text;
    return text.replace(encodeURIComponent(first), encodeURIComponent(address)).replace(first, address);
  };
  return {
    host_key: swap(pairing.host_key),
    vmq_config: swap(pairing.vmq_config),
    smsforwarder_url: swap(pairing.smsforwarder_url),
    push_url: swap(pairing.push_url),
    json_url: swap(pairing.json_url),
  };
}

/** Pairs one phone and watches its checklist. The secrets live here only while the dialog is open. */
export class PairingWatch {
  pairing = $state.raw<Pairing | null>(null);
  /** Follows the phone while the rest stays: a later answer may leave the secrets out. */
  device = $state.raw<DeviceView | null>(null);
  checks = $state.raw<readonly CheckItem[]>([]);
  address = $state('');
  /** Codes for an address that is not the first, drawn by the engine. */
  drawings = $state.raw<{ host_key: Drawing; vmq_config: Drawing } | null>(null);
  error = $state('');
  busy = $state(false);
  #timer: ReturnType<typeof setInterval> | undefined;
  #stop: (() => void) | undefined;
  #asked = 0;
  #requestId = '';
  readonly #app: App;

  constructor(app: App) {
    this.#app = app;
  }

  readonly done = $derived.by(() => this.checks.filter((c) => c.done).length);
  readonly allDone = $derived.by(() => this.checks.length > 0 && this.checks.every((c) => c.done));
  /** The first step that still needs a hand. */
  readonly nowId = $derived.by(() => this.checks.find((c) => !c.done)?.id ?? '');
  readonly texts = $derived.by(() => (this.pairing ? textsFor(this.pairing, this.address) : null));

  async add(name: string): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.#requestId ||= requestId();
    try {
      this.#take(
        await this.#app.call<'add_device'>({ verb: 'add_device', request_id: this.#requestId, name }),
      );
      this.error = '';
      this.watch();
      return true;
    } catch (e) {
      const error = toApiError(e);
      if (error.code !== 'unavailable' && error.code !== 'internal') this.#requestId = '';
      this.error = errorText(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  async open(deviceId: number): Promise<void> {
    try {
      this.#take(await this.#app.call<'pairing'>({ verb: 'pairing', device_id: deviceId }));
      this.error = '';
      this.watch();
    } catch (e) {
      this.error = errorText(toApiError(e));
    }
  }

  #take(next: Pairing): void {
    if (!this.pairing || (next.key !== '' && next.key !== this.pairing.key)) this.pairing = next;
    if (this.address === '') this.address = next.addresses[0] ?? '';
    this.device = next.device;
    this.checks = next.checklist;
  }

  /** Asks again on every event of the phone, and every two seconds. */
  watch(): void {
    this.#stop?.();
    const stop = this.#app.onEvent((event) => {
      if (event.event === 'device://changed' || event.event === 'settings://changed') void this.refresh();
    });
    clearInterval(this.#timer);
    this.#timer = setInterval(() => void this.refresh(), EVERY_MS);
    this.#stop = stop;
  }

  async refresh(): Promise<void> {
    const id = this.device?.id;
    if (id === undefined) return;
    const asked = ++this.#asked;
    try {
      const next = await this.#app.call<'pairing'>({ verb: 'pairing', device_id: id });
      if (asked !== this.#asked) return;
      this.#take(next);
      this.error = '';
    } catch (e) {
      if (asked === this.#asked) this.error = errorText(toApiError(e));
    }
  }

  async useAddress(address: string): Promise<void> {
    this.address = address;
    this.drawings = null;
    const pairing = this.pairing;
    if (!pairing || address === pairing.addresses[0]) return;
    const texts = textsFor(pairing, address);
    try {
      const [host_key, vmq_config] = await Promise.all([
        this.#app.call<'inspect_payload'>({ verb: 'inspect_payload', payload: texts.host_key }),
        this.#app.call<'inspect_payload'>({ verb: 'inspect_payload', payload: texts.vmq_config }),
      ]);
      if (this.address === address)
        this.drawings = { host_key: host_key.drawing, vmq_config: vmq_config.drawing };
    } catch (e) {
      this.error = errorText(toApiError(e));
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#stop?.();
    this.#stop = undefined;
    this.pairing = null;
    this.drawings = null;
  }
}

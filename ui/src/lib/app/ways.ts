import type { ContractHealth, GatewayState, Health } from '$lib/bindings';
import { t } from '$lib/i18n';
import type { IconName } from '$lib/kit/icons';
import { agoText, spanText } from '$lib/time';

/** How a way to be paid stands. `idle`: nothing is wrong, and nothing is proven. */
export type Tone = 'ok' | 'idle' | 'late' | 'off';

/** One way to be paid, in words. */
export interface Way {
  tone: Tone;
  icon: IconName;
  text: string;
}

/** Keys that run out sooner are worth a mark on the way to their page. */
const SOON_MS = 14 * 86_400_000;
const WRONG: ReadonlySet<GatewayState> = new Set<GatewayState>(['trouble', 'no_secret', 'incomplete']);

const isWrong = (contract: ContractHealth): boolean => WRONG.has(contract.state);
const runsOut = ({ expires_at }: ContractHealth, now: number): boolean =>
  expires_at !== null && expires_at - now <= SOON_MS;

/** The owner should look at it: it does not work, or will not for long. */
export function needsLook(contract: ContractHealth, now: number): boolean {
  return isWrong(contract) || runsOut(contract, now);
}

/** Contracts through which this till is paid: in practice its test systems, else real money only. */
function ours({ contracts, practice }: Health): ContractHealth[] {
  return contracts.filter((contract) => contract.live || practice);
}

/** Money comes in without a phone. One that was not heard from yet has nothing against it. */
export function paysWithoutPhone(health: Health): boolean {
  return ours(health).some((contract) => !isWrong(contract));
}

/** The phone; null in a shop that does without. */
export function phoneWay(health: Health, now: number): Way | null {
  const seen = health.phone_last_seen_at;
  const silence = seen === null ? null : Math.max(0, now - seen);
  switch (health.phone) {
    case 'ok':
      return { tone: 'ok', icon: 'phone', text: t('health.ok', { ago: agoText(silence ?? 0) }) };
    case 'late':
      return { tone: 'late', icon: 'phone', text: t('health.late', { ago: agoText(silence ?? 0) }) };
    case 'offline': {
      const text =
        silence === null ? t('health.offline.never') : t('health.offline', { span: spanText(silence) });
      return { tone: 'off', icon: 'phone-off', text };
    }
    case 'new':
      return { tone: 'late', icon: 'phone-off', text: t('health.new') };
    case 'revoked':
      return { tone: 'off', icon: 'phone-off', text: t('health.none') };
    case null:
      return paysWithoutPhone(health) ? null : { tone: 'late', icon: 'phone-off', text: t('health.none') };
  }
}

/** All contracts together; null without any. */
export function contractsWay(health: Health, now: number): Way | null {
  const all = ours(health);
  if (health.contracts.length === 0) return null;
  if (all.length === 0) return { tone: 'idle', icon: 'wallet', text: t('health.contracts.test') };
  const wrong = all.filter(isWrong);
  if (wrong.length > 0) {
    const tone = wrong.length === all.length ? 'off' : 'late';
    return { tone, icon: 'alert', text: t('health.contracts.wrong', { channels: channelsOf(wrong) }) };
  }
  const soon = all.filter((contract) => runsOut(contract, now));
  if (soon.length > 0) {
    const text = t('health.contracts.soon', { channels: channelsOf(soon) });
    return { tone: 'late', icon: 'alert', text };
  }
  const heard = all.filter((contract) => contract.state === 'fine');
  return heard.length > 0
    ? { tone: 'ok', icon: 'wallet', text: t('health.contracts.fine', { channels: channelsOf(heard) }) }
    : { tone: 'idle', icon: 'wallet', text: t('health.contracts.new', { channels: channelsOf(all) }) };
}

/** One contract by its name, for a list. */
export function contractWay(contract: ContractHealth, now: number): Way {
  const { name, state } = contract;
  if (!isWrong(contract) && runsOut(contract, now))
    return { tone: 'late', icon: 'alert', text: t('health.contract.soon', { name }) };
  const text = `${name} · ${t(`gateways.state.${state}`)}`;
  if (isWrong(contract)) return { tone: 'off', icon: 'alert', text };
  return { tone: state === 'fine' ? 'ok' : 'idle', icon: 'wallet', text };
}

/** What is wrong outweighs what works, and what works outweighs what is not proven. */
export function worst(ways: readonly Way[]): Tone {
  const order: readonly Tone[] = ['off', 'late', 'ok'];
  return order.find((tone) => ways.some((way) => way.tone === tone)) ?? 'idle';
}

function channelsOf(contracts: readonly ContractHealth[]): string {
  const names = new Set(contracts.map((contract) => t(`channel.short.${contract.provider}`)));
  return [...names].join(t('health.and'));
}

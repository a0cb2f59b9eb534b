import type { AttemptOutcome, AttemptView, OrderView, ProgramState } from '$lib/bindings';
import { t } from '$lib/i18n';
import type { IconName } from '$lib/kit/icons';

type Tone = '' | 'ok' | 'warn' | 'err' | 'brand';

export interface Pill {
  readonly text: string;
  readonly tone: Tone;
  readonly icon?: IconName;
}

export function programPill(state: ProgramState): Pill {
  const tone: Record<ProgramState, Tone> = {
    new: 'brand',
    fine: 'ok',
    trouble: 'warn',
    no_secret: 'err',
    revoked: '',
  };
  return { text: t(`programs.state.${state}`), tone: tone[state] };
}

/** How an order stands for the owner: unpaid, or what came of telling its program. */
export function orderPill({ status, delivery }: OrderView): Pill {
  if (!delivery) {
    if (status === 'open') return { text: t('orders.state.unpaid'), tone: 'brand', icon: 'hourglass' };
    if (status === 'paid') return { text: t('orders.state.untold'), tone: '', icon: 'check' };
    return status === 'expired'
      ? { text: t('orders.state.expired'), tone: '', icon: 'hourglass' }
      : { text: t('orders.state.cancelled'), tone: '', icon: 'cross' };
  }
  switch (delivery.state) {
    case 'delivered':
      return { text: t('orders.state.delivered'), tone: 'ok', icon: 'check' };
    case 'given_up':
      return { text: t('orders.state.given_up'), tone: 'err', icon: 'alert' };
    case 'waiting':
      return delivery.attempts.length === 0
        ? { text: t('orders.state.sending'), tone: 'brand', icon: 'arrow' }
        : { text: t('orders.state.retrying'), tone: 'warn', icon: 'clock' };
  }
}

const OUTCOMES: ReadonlySet<string> = new Set<AttemptOutcome>([
  'delivered',
  'answer',
  'redirect',
  'timeout',
  'unreachable',
  'tls',
  'forbidden',
  'bad_url',
  'no_secret',
]);

export function isOutcome(text: string): text is AttemptOutcome {
  return OUTCOMES.has(text);
}

/** What came of an attempt: `86 毫秒，success`, `HTTP 502`. */
export function outcomeText(attempt: Pick<AttemptView, 'outcome' | 'status' | 'duration_ms'>): string {
  const { status, outcome } = attempt;
  switch (outcome) {
    case 'delivered':
      return t('orders.try.delivered', { ms: attempt.duration_ms });
    case 'answer':
      // With 200 the status says nothing; the answer itself was wrong.
      return status !== null && (status < 200 || status > 299)
        ? t('orders.try.http', { status })
        : t('orders.try.answer');
    case 'redirect':
      return t('orders.try.redirect', { status: status ?? '3xx' });
    default:
      return t(`orders.try.${outcome}`);
  }
}

/** The last attempt of an order and what comes next; `time` writes an instant. */
export function lastText({ delivery }: OrderView, time: (at: number) => string): string {
  const last = delivery?.attempts.at(-1);
  const said = [
    ...(last ? [t('orders.try', { n: last.nth }), outcomeText(last)] : []),
    ...(delivery?.state === 'waiting' && last && delivery.next_at !== null
      ? [t('orders.next', { time: time(delivery.next_at) })]
      : []),
  ];
  return said.join(t('orders.joint'));
}

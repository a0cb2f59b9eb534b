import type { CheckoutState, Lang } from '$lib/bindings';
import { timeText } from './clock';
import { el, icon } from './dom';
import { webAddress } from './leave';
import type { Screen } from './screen';
import { type Key, say } from './texts';
import { amount } from './waiting';

function backLink(state: CheckoutState, lang: Lang, look: string): HTMLElement | null {
  const href = webAddress(state.return_url);
  if (href === null) return null;
  return el(
    'a',
    { class: `btn l ${look}`, id: 'back', href, rel: 'noreferrer' },
    el('span', {}, say(lang, 'shop.back')),
    icon('arrow', 20),
  );
}

const mayClose = (lang: Lang): HTMLElement => el('p', { class: 'muted small' }, say(lang, 'may.close'));

export function paid(state: CheckoutState, lang: Lang, stay: () => void): Screen {
  const facts = [
    state.paid_channel === null ? null : say(lang, `channel.${state.paid_channel}`),
    state.paid_at === null ? null : timeText(state.paid_at),
  ];
  const back = backLink(state, lang, 'go');
  const soon = el('span', { class: 'num' });
  const stayHere = el('button', { type: 'button', id: 'stay', class: 'stay' }, say(lang, 'stay'));
  stayHere.addEventListener('click', stay);
  const leaving = el('p', { class: 'leaving muted small' }, soon, stayHere);
  const node = el(
    'main',
    { class: 'full' },
    el(
      'div',
      { class: 'middle' },
      el('div', { class: 'seal done', 'aria-hidden': 'true' }, icon('check', 72, 2.6)),
      el('h1', {}, say(lang, 'paid')),
      amount(state, lang, false),
      el(
        'p',
        { class: 'facts num' },
        facts.filter((fact) => fact !== null).join(' · '),
        el('br'),
        state.order ? say(lang, 'order', { order: state.order }) : '',
      ),
    ),
    el('div', { class: 'acts' }, back ?? mayClose(lang), back && leaving),
  );
  return {
    node,
    pulse: (pulse) => {
      leaving.classList.toggle('off', pulse.leaving === null);
      soon.textContent = pulse.leaving === null ? '' : say(lang, 'back.soon', { n: pulse.leaving });
      stayHere.hidden = pulse.leaving === null;
    },
  };
}

/** Time is up or the order was closed: whoever paid must not pay twice, and whoever did not must not start now. */
export function over(state: CheckoutState, lang: Lang): Screen {
  const closed = state.status === 'closed';
  const back = backLink(state, lang, 'primary');
  const node = el(
    'main',
    { class: 'full' },
    el(
      'div',
      { class: 'middle' },
      el('div', { class: 'seal', 'aria-hidden': 'true' }, icon(closed ? 'cross' : 'hourglass', 48, 1.6)),
      el('h1', {}, say(lang, closed ? 'closed' : 'expired')),
      el('p', { class: 'muted lead' }, say(lang, 'old.code')),
      el(
        'div',
        { class: 'card already' },
        icon('info', 24),
        el(
          'div',
          {},
          el('h2', {}, say(lang, 'already.title')),
          el(
            'p',
            { class: 'muted num' },
            `${say(lang, 'already.text')} `,
            el('span', { class: 'whole' }, state.order),
          ),
        ),
      ),
    ),
    el('div', { class: 'acts' }, back ?? mayClose(lang)),
  );
  return { node };
}

/** There is nothing to show: the link is broken, or the shop does not answer yet. */
export function trouble(kind: 'gone' | 'unreachable', lang: Lang, again: () => void): Screen {
  const words: Record<typeof kind, Key> = { gone: 'gone.text', unreachable: 'unreachable.text' };
  const retry = el(
    'button',
    { type: 'button', id: 'again', class: 'btn l' },
    icon('refresh', 20),
    el('span', {}, say(lang, 'again')),
  );
  retry.addEventListener('click', again);
  const node = el(
    'main',
    { class: 'full' },
    el(
      'div',
      { class: 'middle' },
      el('div', { class: 'seal', 'aria-hidden': 'true' }, icon(kind === 'gone' ? 'link' : 'plug', 48, 1.6)),
      el('h1', {}, say(lang, kind)),
      el('p', { class: 'muted lead' }, say(lang, words[kind])),
    ),
    el('div', { class: 'acts' }, retry),
  );
  return { node };
}

export function opening(lang: Lang): Screen {
  return {
    node: el(
      'main',
      { class: 'full' },
      el('div', { class: 'middle' }, el('p', { class: 'muted opening' }, say(lang, 'opening'))),
    ),
  };
}

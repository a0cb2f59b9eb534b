import type { CheckoutCode, CheckoutState, Lang } from '$lib/bindings';
import { amountInWords, fenToText } from '$lib/money';
import { splitDue } from './amount';
import { clockText } from './clock';
import { copyText, selectInside } from './copy';
import { type Device, firstCode, type Step, stepsFor } from './device';
import { drawnCode, el, icon } from './dom';
import type { Pulse, Screen } from './screen';
import { type Key, MARKS, say } from './texts';

const WARN_MS = 10_000;
const COPIED_MS = 2_000;

/** What the customer chose on the screen, kept when it is drawn anew. */
export interface Choice {
  picture: string | null;
}

const CHIP = { wechat: 'w', alipay: 'a', unionpay: 'u', ecny: 'c', bank: 'c', cash: 'c' } as const;

export function amount(state: CheckoutState, lang: Lang, underlined: boolean): HTMLElement {
  const { head, tail } = splitDue(state.due_fen, underlined ? state.price_fen : state.due_fen);
  const length = head.length + tail.length;
  return el(
    'span',
    {
      class: `amt due ${length > 9 ? 'longest' : length > 6 ? 'long' : ''}`,
      role: 'img',
      'aria-label': amountInWords(state.due_fen, lang),
      'data-fen': String(state.due_fen),
    },
    el('i', {}, '¥'),
    el('span', {}, head),
    tail ? el('u', {}, tail) : null,
  );
}

function why(state: CheckoutState, lang: Lang): HTMLElement | null {
  if (state.tail_fen === 0) return null;
  const fill = { price: fenToText(state.price_fen), tail: fenToText(Math.abs(state.tail_fen)) };
  const key: Key = state.tail_fen > 0 ? 'pay.less' : 'pay.more';
  return el('p', { class: 'why muted num' }, say(lang, key, fill));
}

function saveLink(state: CheckoutState, code: CheckoutCode, lang: Lang): HTMLElement {
  const name = `${state.order.replace(/[^\w-]+/g, '') || 'order'}-${code.channel}.png`;
  return el(
    'a',
    { class: 'btn s soft', id: 'save', href: code.picture, download: name },
    icon('download', 18),
    el('span', {}, say(lang, 'save')),
  );
}

function copyButton(text: string, shown: Element, lang: Lang): HTMLElement {
  const label = el('span', { 'aria-live': 'polite' }, say(lang, 'copy'));
  const button = el('button', { class: 'btn s soft', id: 'copy', type: 'button' }, icon('copy', 18), label);
  let back: ReturnType<typeof setTimeout> | undefined;
  button.addEventListener('click', () => {
    void copyText(text).then((copied) => {
      if (!copied) selectInside(shown);
      label.textContent = say(lang, copied ? 'copied' : 'copy.by_hand');
      clearTimeout(back);
      if (copied) back = setTimeout(() => (label.textContent = say(lang, 'copy')), COPIED_MS);
    });
  });
  return button;
}

function stepRow(state: CheckoutState, code: CheckoutCode, step: Step, n: number, lang: Lang): HTMLElement {
  const due = fenToText(state.due_fen);
  const app = say(lang, `app.${code.channel}`);
  const shown = el('b', { class: 'num' }, due);
  const words = el('span', { class: 'words' }, say(lang, step.text, { app }));
  if (step.amount) words.append(' ', shown);
  const act =
    step.act === 'save'
      ? saveLink(state, code, lang)
      : step.act === 'copy'
        ? copyButton(due, shown, lang)
        : null;
  return el('li', {}, el('b', { class: 'n num', 'aria-hidden': 'true' }, String(n)), words, act);
}

function picture(code: CheckoutCode, lang: Lang): HTMLElement {
  const label = say(lang, 'code.label', { channel: say(lang, `channel.${code.channel}`) });
  const image = el('img', { src: code.picture, alt: label, width: '248', height: '248' });
  const pad = el('div', { class: 'pad' }, image);
  image.addEventListener('error', () => {
    if (code.drawing.size > 0) image.replaceWith(drawnCode(code.drawing.size, code.drawing.path, label));
  });
  return pad;
}

function codePane(state: CheckoutState, code: CheckoutCode, device: Device, lang: Lang): HTMLElement {
  const steps = stepsFor(code, device).map((step, i) => stepRow(state, code, step, i + 1, lang));
  return el(
    'div',
    { class: 'pane' },
    picture(code, lang),
    el('h2', { class: 'sr' }, say(lang, 'steps.title')),
    el('ol', { class: 'steps' }, ...steps),
  );
}

function tabLabel(code: CheckoutCode, lang: Lang): HTMLElement[] {
  return [
    el('span', { class: `chip ${CHIP[code.channel]}`, 'aria-hidden': 'true' }, MARKS[code.channel]),
    el('span', {}, say(lang, `channel.${code.channel}`)),
  ];
}

function sheet(state: CheckoutState, device: Device, lang: Lang, choice: Choice): HTMLElement {
  const { codes } = state;
  const first = codes[firstCode(codes, device)];
  if (first === undefined)
    return el('div', { class: 'sheet' }, el('p', { class: 'none' }, say(lang, 'code.none')));
  const chosen = codes.find((code) => code.picture === choice.picture) ?? first;
  if (codes.length === 1)
    return el(
      'div',
      { class: 'sheet' },
      el('p', { class: 'only' }, ...tabLabel(first, lang)),
      codePane(state, first, device, lang),
    );

  const panel = el('div', { id: 'panel', role: 'tabpanel' });
  const tabs = codes.map((code, i) =>
    el(
      'button',
      { type: 'button', role: 'tab', id: `tab-${i}`, 'aria-controls': 'panel' },
      ...tabLabel(code, lang),
    ),
  );
  const choose = (at: number): void => {
    const code = codes[at] ?? first;
    choice.picture = code.picture;
    for (const [i, tab] of tabs.entries()) {
      tab.setAttribute('aria-selected', String(i === at));
      tab.tabIndex = i === at ? 0 : -1;
    }
    panel.setAttribute('aria-labelledby', `tab-${at}`);
    panel.textContent = '';
    panel.append(codePane(state, code, device, lang));
  };
  const list = el(
    'div',
    { class: `tabs of-${codes.length}`, role: 'tablist', 'aria-label': say(lang, 'methods') },
    ...tabs,
  );
  for (const [i, tab] of tabs.entries()) tab.addEventListener('click', () => choose(i));
  list.addEventListener('keydown', (event) => {
    const at = tabs.findIndex((tab) => tab === document.activeElement);
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (at < 0 || step === 0) return;
    event.preventDefault();
    const next = (at + step + tabs.length) % tabs.length;
    choose(next);
    tabs[next]?.focus();
  });
  choose(codes.indexOf(chosen));
  return el('div', { class: 'sheet' }, list, panel);
}

/** The foot: that nothing needs to be pressed, and how long it waits. */
function foot(lang: Lang): { node: HTMLElement; pulse: (pulse: Pulse) => void } {
  const words = el('span', {}, say(lang, 'watching'));
  const clock = el('span', { class: 'clock', role: 'timer', 'aria-label': say(lang, 'left') });
  const bar = el('b');
  const node = el(
    'div',
    { class: 'foot num' },
    el('div', { class: 'line' }, el('span', { class: 'dot', 'aria-hidden': 'true' }), words, clock),
    el('div', { class: 'prog', 'aria-hidden': 'true' }, bar),
  );
  const set = (element: HTMLElement, text: string): void => {
    if (element.textContent !== text) element.textContent = text;
  };
  return {
    node,
    pulse: ({ left, share, lost }) => {
      set(clock, clockText(left));
      set(words, say(lang, lost ? 'lost' : 'watching'));
      bar.style.width = `${(share * 100).toFixed(2)}%`;
      node.classList.toggle('late', left <= WARN_MS);
      node.classList.toggle('lost', lost);
    },
  };
}

export function waiting(state: CheckoutState, device: Device, lang: Lang, choice: Choice): Screen {
  const end = foot(lang);
  const node = el(
    'main',
    { class: 'wrap' },
    el(
      'div',
      { class: 'sum' },
      el(
        'h1',
        {},
        el('span', { class: 'exactly muted' }, say(lang, 'pay.exactly')),
        amount(state, lang, true),
      ),
      why(state, lang),
      state.order ? el('p', { class: 'order muted num' }, say(lang, 'order', { order: state.order })) : null,
    ),
    sheet(state, device, lang, choice),
    end.node,
  );
  return { node, pulse: end.pulse };
}

// What is wrong with the picture as it stands. arguments: language, namespaces of the texts' keys, Chinese that belongs to an
// English screen (what the shop itself wrote). Returns sentences.
const [language, namespaces, known] = arguments;
const wrong = new Set();
const shown = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true });
const strange = (text) => (text.match(/[\u3400-\u9fff]+/g) ?? []).some((run) => !known.includes(run));
const name = (e) => {
  const marked = e.closest('[data-testid]');
  const own = e.tagName.toLowerCase() + (e.classList[0] ? '.' + e.classList[0] : '');
  return marked && marked !== e ? `[${marked.dataset.testid}] ${own}` : marked ? `[${e.dataset.testid}]` : own;
};
const short = (text) => JSON.stringify(text.length > 60 ? text.slice(0, 60) + '…' : text);
const W = innerWidth;
const H = innerHeight;

for (const said of window.qiantaiSaid) wrong.add(said);

// Colours, by painting them.
const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
const colours = new Map();
const rgba = (css) => {
  let known = colours.get(css);
  if (!known) {
    paint.canvas.width = paint.canvas.height = 1;
    paint.fillStyle = css;
    paint.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = paint.getImageData(0, 0, 1, 1).data;
    known = [r, g, b, a / 255];
    colours.set(css, known);
  }
  return known;
};
const over = (top, under) => {
  const a = top[3] + under[3] * (1 - top[3]);
  if (a === 0) return [0, 0, 0, 0];
  return [0, 1, 2].map((i) => (top[i] * top[3] + under[i] * under[3] * (1 - top[3])) / a).concat(a);
};
const light = (c) => {
  const [r, g, b] = c.slice(0, 3).map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => {
  const [x, y] = [light(a), light(b)].sort((m, n) => n - m);
  return (x + 0.05) / (y + 0.05);
};
/** What lies under a point, from the layers painted there; null if a picture or gradient is among them. */
const ground = (layers) => {
  let all = [0, 0, 0, 0];
  for (const layer of layers) {
    const style = getComputedStyle(layer);
    all = over(all, rgba(style.backgroundColor));
    if (all[3] > 0.99) return all;
    if (style.backgroundImage !== 'none' || /^(CANVAS|IMG|VIDEO)$/.test(layer.tagName)) return null;
  }
  return over(all, [255, 255, 255, 1]);
};

let letters = 0;
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = texts.nextNode(); node; node = texts.nextNode()) {
  const e = node.parentElement;
  const text = node.data.trim();
  if (!text || !e || /^(SCRIPT|STYLE|NOSCRIPT|TITLE)$/.test(e.tagName) || !shown(e)) continue;
  const range = document.createRange();
  range.selectNodeContents(node);
  const box = range.getBoundingClientRect();
  if (box.width < 1.5 || box.height < 1.5) continue;

  const key = new RegExp(`(^|[^\\w./@-])(${namespaces.join('|')})(\\.[a-zA-Z_][\\w-]*)+($|[^\\w./])`).exec(text);
  if (key) wrong.add(`a key instead of a text: ${short(text)} in ${name(e)}`);
  // The phone's template is meant to have places to be filled.
  if (/\bundefined\b|\bNaN\b|\[object |Invalid Date|\{[a-z_]+\}/.test(text) && !e.closest('[data-testid="pairing"]'))
    wrong.add(`not for people: ${short(text)} in ${name(e)}`);
  if (language === 'en' && strange(text)) wrong.add(`Chinese: ${short(text)} in ${name(e)}`);

  // What is only for screen readers is cut to a pixel on purpose.
  const frame = e.getBoundingClientRect();
  if (frame.width <= 2 || frame.height <= 2) continue;
  let reader = false;
  for (let up = e; up && !reader; up = up.parentElement) {
    const r = up.getBoundingClientRect();
    reader = getComputedStyle(up).position === 'absolute' && r.width <= 2 && r.height <= 2;
  }
  if (reader) continue;
  letters += text.length;

  let view = { left: 0, right: W, top: 0, bottom: H };
  let scrolls = false;
  let dots = false;
  let hidden = false;
  for (let up = e; up && up !== document.documentElement; up = up.parentElement) {
    const style = getComputedStyle(up);
    dots ||= style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none';
    if (style.overflowX === 'visible' && style.overflowY === 'visible') continue;
    const r = up.getBoundingClientRect();
    // What does not fit at all is left out on purpose (the list of the last sales) or is scrolled to.
    hidden ||= !up.matches('.app') && (box.left > r.right || box.right < r.left || box.top > r.bottom || box.bottom < r.top);
    if (hidden) break;
    scrolls ||= /auto|scroll/.test(style.overflowY) && up.scrollHeight > up.clientHeight + 1;
    if (!dots && !/auto|scroll/.test(style.overflowX) && (box.right > r.right + 2 || box.left < r.left - 2))
      wrong.add(`cut off at the side: ${short(text)} in ${name(e)}, by ${name(up)}`);
    if (!dots && !scrolls && style.overflowY !== 'visible' && (box.bottom > r.bottom + 3 || box.top < r.top - 3))
      wrong.add(`cut off above or below: ${short(text)} in ${name(e)}, by ${name(up)}`);
    view = {
      left: Math.max(view.left, r.left),
      right: Math.min(view.right, r.right),
      top: Math.max(view.top, r.top),
      bottom: Math.min(view.bottom, r.bottom),
    };
  }
  if (hidden) continue;
  if (!dots && (box.right > W + 1 || box.left < -1)) wrong.add(`outside the window: ${short(text)} in ${name(e)}`);
  const button = e.closest('button');
  if (button && !dots) {
    const b = button.getBoundingClientRect();
    if (box.right > b.right + 1 || box.left < b.left - 1) wrong.add(`larger than its button: ${short(text)} in ${name(e)}`);
  }

  // Contrast, where the text is really to be seen and not switched off.
  const x = (Math.max(box.left, view.left) + Math.min(box.right, view.right)) / 2;
  const y = (Math.max(box.top, view.top) + Math.min(box.bottom, view.bottom)) / 2;
  if (box.left > view.right || box.right < view.left || box.top > view.bottom || box.bottom < view.top) continue;
  // A wallet's mark is a logo.
  if (e.matches('.chip')) continue;
  if (e.closest('[disabled],[aria-disabled="true"],[aria-hidden="true"],[inert]')) continue;
  const layers = document.elementsFromPoint(x, y);
  const depth = layers.findIndex((l) => l === e || e.contains(l));
  if (depth !== 0 && !(depth > 0 && layers.slice(0, depth).every((l) => e.contains(l)))) continue;
  const under = ground(layers.slice(layers.indexOf(e) < 0 ? depth : layers.indexOf(e)));
  if (!under) continue;
  const style = getComputedStyle(e);
  let ink = over(rgba(style.color), under);
  let back = under;
  // A group that is let through shows what is behind it, in the text as in its ground.
  for (let up = e; up; up = up.parentElement) {
    const opacity = Number(getComputedStyle(up).opacity);
    if (opacity === 1) continue;
    const behind = ground(layers.slice(layers.indexOf(up) + 1));
    if (!behind) continue;
    [ink, back] = [ink, back].map(([r, g, b]) => over([r, g, b, opacity], behind));
  }
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  const ratio = contrast(ink, back);
  if (ratio < (large ? 3 : 4.5) - 0.01)
    wrong.add(`contrast ${ratio.toFixed(2)} (${size}px ${style.color} on ${back.slice(0, 3).map(Math.round)}): ${short(text)} in ${name(e)}`);
}
if (letters < 12) wrong.add(`blank: ${letters} letters`);

for (const root of [document.documentElement, document.body])
  if (root.scrollWidth > W + 1) wrong.add(`the page is ${root.scrollWidth - W} px wider than the window`);

// Everything that can be worked has a name.
for (const e of document.querySelectorAll('button,a[href],[role="button"],[role="radio"],[role="tab"],input,select,textarea')) {
  if (!shown(e) || e.type === 'hidden' || e.closest('[aria-hidden="true"]')) continue;
  const by = (e.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '');
  const labels = [...(e.labels ?? [])].map((l) => l.textContent);
  const own = /^(INPUT|SELECT|TEXTAREA)$/.test(e.tagName) ? '' : e.textContent;
  const said = [own, e.getAttribute('aria-label'), e.title, ...by, ...labels].some((t) => t?.trim());
  if (!said) wrong.add(`${e.tagName.toLowerCase()} without a name: ${name(e)} ${short(e.outerHTML)}`);
  // A name nobody translated is heard, not seen.
  const heard = [e.getAttribute('aria-label'), e.title, e.placeholder].filter(Boolean).join(' ');
  if (language === 'en' && strange(heard)) wrong.add(`Chinese name: ${short(heard)} of ${name(e)}`);
}

// Dialogs fit, and the keyboard is inside the topmost one.
const dialogs = [...document.querySelectorAll('[role="dialog"],dialog[open]')].filter(shown);
for (const dialog of dialogs) {
  const r = dialog.getBoundingClientRect();
  if (r.left < -1 || r.top < -1 || r.right > W + 1 || r.bottom > H + 1)
    wrong.add(`the dialog ${name(dialog)} is larger than the window: ${[r.left, r.top, r.right, r.bottom].map(Math.round)}`);
  for (const e of [dialog, ...dialog.querySelectorAll('*')])
    if (/auto|scroll/.test(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1 && !e.matches('textarea,input'))
      wrong.add(`${name(e)} in a dialog scrolls sideways by ${e.scrollWidth - e.clientWidth} px`);
}
const top = dialogs.at(-1);
if (top) {
  const here = document.activeElement;
  if (!here || !top.contains(here)) wrong.add(`focus is at ${here ? name(here) : 'nothing'}, not in ${name(top)}`);
  else if (here !== top) {
    const r = here.getBoundingClientRect();
    if (!here.checkVisibility({ visibilityProperty: true }) || r.width < 2 || r.bottom < 0 || r.top > H) wrong.add(`focus in ${name(top)} is out of sight: ${name(here)}`);
    here.scrollIntoView({ block: 'nearest' });
    const style = getComputedStyle(here);
    const ring = (s) => (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none';
    const wrapped = [here.parentElement, here.parentElement?.parentElement].some((p) => p && ring(getComputedStyle(p)));
    const now = style.borderColor;
    if (!ring(style) && !wrapped) {
      here.blur();
      const before = getComputedStyle(here).borderColor;
      here.focus();
      if (before === now) wrong.add(`focus does not show on ${name(here)}`);
    }
  }
}
return [...wrong];

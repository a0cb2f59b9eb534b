/** Text and elements only, never markup from a string: what a state says stays text. */
type Child = Node | string | null;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

function svg(tag: string, attributes: Record<string, string>, ...children: Element[]): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** As in the kit: 24 × 24, stroked in the current colour. */
const ICONS = {
  arrow: 'M5 12h14M13 6l6 6-6 6',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  copy: 'M10.5 8.5h7.5a2 2 0 0 1 2 2v7.5a2 2 0 0 1-2 2h-7.5a2 2 0 0 1-2-2v-7.5a2 2 0 0 1 2-2zM5.5 15.5H5a1.5 1.5 0 0 1-1.5-1.5V5A1.5 1.5 0 0 1 5 3.5h9A1.5 1.5 0 0 1 15.5 5v.5',
  cross: 'M6 6l12 12M18 6L6 18',
  download: 'M12 4v11M7 10.5l5 5 5-5M4.5 20h15',
  hourglass:
    'M6.5 3.5h11M6.5 20.5h11M8 3.5v3.5c0 2.5 4 3.5 4 5s-4 2.5-4 5v3.5M16 3.5v3.5c0 2.5-4 3.5-4 5s4 2.5 4 5v3.5',
  info: 'M3 12a9 9 0 1 0 18 0a9 9 0 1 0-18 0M12 11v5.5M12 7.6v.2',
  link: 'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1-1',
  plug: 'M9 3v5M15 3v5M6.5 8h11v3a5.5 5.5 0 0 1-11 0zM12 16.5V21',
  refresh: 'M20 11a8 8 0 0 0-14.5-3.5L4 9M4 4.5V9h4.5M4 13a8 8 0 0 0 14.5 3.5L20 15M20 19.5V15h-4.5',
} as const;

export function icon(name: keyof typeof ICONS, size: number, width = 1.75): SVGElement {
  return svg(
    'svg',
    {
      width: String(size),
      height: String(size),
      viewBox: '0 0 24 24',
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': String(width),
      'stroke-linecap': 'round',
      'stroke-linejoin': 'round',
      'aria-hidden': 'true',
      class: `icon-${name}`,
    },
    svg('path', { d: ICONS[name] }),
  );
}

/** The mark of the till. */
export function mark(): SVGElement {
  return svg(
    'svg',
    { width: '28', height: '28', viewBox: '0 0 64 64', 'aria-hidden': 'true' },
    svg('rect', { width: '64', height: '64', rx: '15', fill: 'var(--brand)' }),
    svg('path', {
      'fill-rule': 'evenodd',
      fill: 'var(--on-brand)',
      d: 'M32 9a17 17 0 1 1 0 34a17 17 0 1 1 0-34zM27.5 19a2.5 2.5 0 0 0-2.5 2.5v9a2.5 2.5 0 0 0 2.5 2.5h9a2.5 2.5 0 0 0 2.5-2.5v-9a2.5 2.5 0 0 0-2.5-2.5z',
    }),
    svg('rect', { x: '11', y: '47', width: '42', height: '7.5', rx: '3.75', fill: 'var(--on-brand)' }),
  );
}

/** A code drawn on the spot, for when its picture does not load. */
export function drawnCode(size: number, path: string, label: string): SVGElement {
  return svg(
    'svg',
    { viewBox: `0 0 ${size} ${size}`, class: 'qr', role: 'img', 'aria-label': label },
    svg('rect', { width: String(size), height: String(size), fill: 'var(--code-paper)' }),
    svg('path', { d: path, fill: 'var(--code-ink)' }),
  );
}

import { BarController, BarElement, CategoryScale, Chart, LinearScale } from 'chart.js';

import type { Fen } from '$lib/bindings';
import { axisText, type Bar, stepFor } from './slices';

Chart.register(BarController, BarElement, CategoryScale, LinearScale);

const NUMBERS = /^[\d-]+$/;

/** How the bars look, as read from the tokens. */
export interface Look {
  readonly bar: string;
  readonly chosen: string;
  readonly line: string;
  readonly axis: string;
  readonly text: string;
  readonly font: string;
}

export interface Drawn {
  show(bars: readonly Bar[], chosen: number, look: Look): void;
  destroy(): void;
}

/** Reads the tokens where the canvas stands, so that every theme scope is right. */
export function lookOf(element: HTMLElement): Look {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    bar: token('--chart-soft'),
    chosen: token('--chart'),
    line: token('--hairline'),
    axis: token('--border'),
    text: token('--muted'),
    font: style.fontFamily,
  };
}

/** As much of a name as fits below its bar: a Chinese character is as wide as two Latin letters. */
function shortened(name: string, width: number): string {
  let room = Math.max(4, Math.floor(width / 7.5));
  const kept = [...name].filter((letter) => (room -= letter > '\u2e7f' ? 2 : 1) >= 0);
  return kept.length === [...name].length ? name : `${kept.slice(0, -1).join('')}…`;
}

/** Where the lines are: whole steps, the first and last inside the axis. */
function linesOf(low: number, top: number, step: Fen): Fen[] {
  const lines: Fen[] = [];
  for (let line = Math.ceil(low / step) * step; line <= top; line += step) lines.push(line);
  return lines;
}

/** The highest bar; a chart without any still has an axis. */
function topOf(bars: readonly Bar[]): Fen {
  return bars.reduce((most, bar) => Math.max(most, bar.fen), 100);
}

/**
 * Draws bars. `onhover` gets the bar under the pointer or −1, `onpick` the one clicked; the whole column counts, not
 * only the bar, so that a small bar can be hit.
 */
export function drawBars(
  canvas: HTMLCanvasElement,
  onhover: (index: number) => void,
  onpick: (index: number) => void,
): Drawn {
  let look: Look | undefined;
  let chosen = -1;
  let step: Fen = 100;
  const chart = new Chart<'bar', number[], string>(canvas, {
    type: 'bar',
    data: { labels: [], datasets: [{ data: [] }] },
    options: {
      responsive: true,
      maintainAspectRatio: false,
      // Bars of one range do not become those of another: they are there at once, for everybody.
      animation: false,
      events: ['mousemove', 'mouseout', 'click', 'touchstart'],
      interaction: { mode: 'index', intersect: false, axis: 'x' },
      onHover: (_event, hit) => onhover(hit[0]?.index ?? -1),
      onClick: (_event, hit) => {
        if (hit[0]) onpick(hit[0].index);
      },
      layout: { padding: { top: 8 } },
      datasets: { bar: { categoryPercentage: 0.9, barPercentage: 0.9, maxBarThickness: 64 } },
      elements: {
        bar: {
          borderRadius: 5,
          borderSkipped: 'start',
          backgroundColor: (context) => (context.dataIndex === chosen ? look?.chosen : look?.bar),
        },
      },
      scales: {
        x: {
          grid: { display: false },
          ticks: {
            color: () => look?.text ?? '',
            maxRotation: 0,
            autoSkipPadding: 8,
            padding: 2,
            callback(value) {
              const label = this.getLabelForValue(Number(value));
              return NUMBERS.test(label) ? label : shortened(label, this.width / this.ticks.length);
            },
          },
        },
        y: {
          position: 'right',
          beginAtZero: true,
          border: { display: false, dash: [4, 4] },
          grid: {
            color: (context) => (context.tick?.value === 0 ? 'transparent' : (look?.line ?? '')),
            drawTicks: false,
          },
          afterBuildTicks: (axis) => {
            axis.ticks = linesOf(axis.min, axis.max, step).map((value) => ({ value }));
          },
          ticks: {
            color: () => look?.text ?? '',
            padding: 8,
            // The step is whole fen, so the axis never shows a part of one.
            callback: (value) => (value === 0 ? '' : axisText(Number(value))),
          },
        },
      },
    },
  });
  return {
    show(bars, now, next) {
      look = next;
      chosen = now;
      const top = topOf(bars);
      const low = bars.reduce((least, bar) => Math.min(least, bar.fen), 0);
      step = stepFor(Math.max(top, -low));
      const y = chart.options.scales?.['y'];
      const x = chart.options.scales?.['x'];
      if (y?.ticks && x?.ticks) {
        Object.assign(y, {
          max: top + Math.round(step / 10),
          min: low === 0 ? 0 : low - Math.round(step / 10),
        });
        Object.assign(y.ticks, { font: { family: next.font, size: 13 } });
        Object.assign(x.ticks, { font: { family: next.font, size: 13 } });
        // Numbers may be left out where there are many; a name may only be shortened.
        Object.assign(x.ticks, { autoSkip: bars.every((bar) => NUMBERS.test(bar.label)) });
        Object.assign(x, { border: { color: next.axis } });
      }
      chart.data.labels = bars.map((bar) => bar.label);
      const set = chart.data.datasets[0];
      if (set) set.data = bars.map((bar) => bar.fen);
      chart.update('none');
    },
    destroy: () => chart.destroy(),
  };
}

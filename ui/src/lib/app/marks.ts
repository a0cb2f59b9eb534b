/** A moment that was painted, for measuring: wall time in ms with fractions. */
export interface Mark {
  name: string;
  at: number;
  ticket: number;
}

declare global {
  interface Window {
    __marks?: Mark[];
  }
}

const MOST = 200;

/** Notes the time once the browser has painted what is in the document now: two frames later. */
export function markPainted(name: string, ticket: number): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const marks = (window.__marks ??= []);
      marks.push({ name, at: performance.timeOrigin + performance.now(), ticket });
      if (marks.length > MOST) marks.splice(0, marks.length - MOST);
    }),
  );
}

/** Values for the placeholders of a text. */
export type Params = Readonly<Record<string, string | number>>;

/**
 * Fills `{name}` placeholders. `{n#sale|sales}` picks by the number `n`: the first word for one, else the second.
 * An unknown placeholder stays as it is, so that a mistake is seen.
 */
export function format(text: string, params: Params = {}): string {
  return text.replace(
    /\{(\w+)(?:#([^|}]*)\|([^}]*))?\}/g,
    (whole, name: string, one?: string, many?: string) => {
      const value = params[name];
      if (value === undefined) return whole;
      if (one !== undefined) return Number(value) === 1 ? one : (many ?? '');
      return String(value);
    },
  );
}

/** The placeholder names of a text, sorted, once each. */
export function placeholders(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(/\{(\w+)/g), (m) => m[1] ?? ''))].sort();
}

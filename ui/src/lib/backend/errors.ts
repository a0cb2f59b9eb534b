import type { ApiError, Code } from '../bindings';

const CODES: readonly Code[] = [
  'invalid',
  'not_found',
  'conflict',
  'pool_exhausted',
  'no_code',
  'no_qr',
  'unavailable',
  'internal',
];

/** True for `{code, message}` as every border of the till answers. */
export function isApiError(value: unknown): value is ApiError {
  if (typeof value !== 'object' || value === null) return false;
  const { code, message } = value as Record<string, unknown>;
  return typeof message === 'string' && (CODES as readonly unknown[]).includes(code);
}

/** Makes an `ApiError` of anything thrown. A fault without words of its own has an empty message: the screen has some. */
export function toApiError(value: unknown): ApiError {
  if (isApiError(value)) return value;
  if (typeof value === 'string') {
    try {
      const parsed: unknown = JSON.parse(value);
      if (isApiError(parsed)) return parsed;
    } catch {
      return { code: 'internal', message: value };
    }
  }
  return { code: 'internal', message: value instanceof Error ? value.message : '' };
}

import type { ApiError, Code } from '../bindings';

/** A record, so that a new code of the contract does not compile until it is known here. */
const CODES: Record<Code, true> = {
  invalid: true,
  not_found: true,
  conflict: true,
  pool_exhausted: true,
  no_code: true,
  no_qr: true,
  locked: true,
  needs_approval: true,
  wrong_pin: true,
  needs_password: true,
  unavailable: true,
  internal: true,
};

/** True for `{code, message}` as every border of the till answers. */
export function isApiError(value: unknown): value is ApiError {
  if (typeof value !== 'object' || value === null) return false;
  const { code, message } = value as Record<string, unknown>;
  return typeof message === 'string' && typeof code === 'string' && Object.hasOwn(CODES, code);
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

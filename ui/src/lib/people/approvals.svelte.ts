import type { ApiError, Role } from '$lib/bindings';
import type { RequestOf, Verb } from '$lib/backend/types';

/** A request that waits for somebody of higher rank. */
export interface Asked {
  request: RequestOf<Verb>;
  requestId: string;
  role: Role;
  /** Somebody approved it (true), or it is given up (false). */
  settle: (approved: boolean) => void;
}

/** Who must approve, and by which id. Null when an error is no question to a person of higher rank. */
export function approvalFor(
  request: RequestOf<Verb>,
  error: ApiError,
): { role: Role; requestId: string } | null {
  if (error.code !== 'needs_approval') return null;
  const details = error.details ?? {};
  // Covered figures are uncovered, not approved: the totals screen asks for that itself.
  if (details['reveal'] === true || !('request_id' in request)) return null;
  return { role: details['role'] === 'owner' ? 'owner' : 'manager', requestId: request.request_id };
}

/** Requests that wait for an approval, oldest first; the dialog shows one at a time. */
export class Approvals {
  waiting = $state.raw<readonly Asked[]>([]);

  /** Resolves true when somebody approved the request: it may be sent again under the same id. */
  ask(request: RequestOf<Verb>, need: { role: Role; requestId: string }): Promise<boolean> {
    return new Promise((resolve) => {
      const asked: Asked = {
        request,
        ...need,
        settle: (approved) => {
          this.waiting = this.waiting.filter((other) => other !== asked);
          resolve(approved);
        },
      };
      this.waiting = [...this.waiting, asked];
    });
  }

  /** Gives up everything that waits: the till was locked. */
  drop(): void {
    for (const asked of this.waiting) asked.settle(false);
  }
}

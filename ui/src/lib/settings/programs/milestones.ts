import type { DeliveryState, Status } from '$lib/bindings';
import { t } from '$lib/i18n';
import type { Milestone } from '$lib/kit/milestone';

/** When an order came how far; null: not. */
export interface Course {
  created_at: number;
  shown_at: number | null;
  paid_at: number | null;
  delivered_at: number | null;
  status: Status;
  /** Null: nobody to tell, or nothing to tell yet. */
  delivery: DeliveryState | null;
}

/** Opened → page opened → paid → delivered; `time` writes an instant. */
export function milestonesOf(course: Course, time: (at: number) => string): Milestone[] {
  const ended = course.status === 'expired' || course.status === 'cancelled';
  const paid = course.status === 'paid';
  const step = (text: string, at: number | null, never: boolean): Milestone => {
    if (at !== null) return { text, sub: time(at), state: 'done' };
    return never
      ? { text, sub: t('orders.step.none'), state: 'none' }
      : { text, sub: t('orders.step.not_yet'), state: 'next' };
  };
  const steps = [
    step(t('orders.step.created'), course.created_at, false),
    // Paid from its code alone: nobody needed the page.
    step(t('orders.step.shown'), course.shown_at, paid || ended),
    ended
      ? {
          text: t('orders.step.paid'),
          sub: t(`orders.state.${course.status}` as 'orders.state.expired'),
          state: 'bad' as const,
        }
      : step(t('orders.step.paid'), course.paid_at, false),
  ];
  if (course.delivery === 'given_up')
    return [...steps, { text: t('orders.step.delivered'), sub: t('orders.step.given_up'), state: 'bad' }];
  return [
    ...steps,
    step(t('orders.step.delivered'), course.delivered_at, ended || (paid && course.delivery === null)),
  ];
}

/** `1000000` → `1,000,000`, for counts on the screen. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

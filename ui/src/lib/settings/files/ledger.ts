/** `Assets:WeChat`, `资产:微信`: parts with colons, each with a capital, a digit or a sign beyond ASCII first. */
export function isLedgerName(name: string): boolean {
  return (
    name.includes(':') &&
    name.split(':').every((part) => /^[A-Z0-9\u0080-\u{10ffff}][\p{L}\p{N}-]*$/u.test(part))
  );
}

/** beancount alone wants a Latin capital or a digit at the beginning of each part. */
export function fitsBeancount(name: string): boolean {
  return /^[A-Z]/.test(name) && name.split(':').every((part) => /^[A-Z0-9]/.test(part));
}

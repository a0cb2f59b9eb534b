/** `18743296` → `17.9 MB`. One place after the point, cut down. */
export function sizeText(bytes: number): string {
  const tenths = Math.floor((bytes * 10) / 1048576);
  if (tenths < 10) return `${Math.max(1, Math.ceil(bytes / 1024))} KB`;
  return `${Math.floor(tenths / 10)}.${tenths % 10} MB`;
}

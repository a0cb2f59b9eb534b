/** Open dialogs, the topmost last. Screens ask `anyOpen()` before they take a key. */
let stack = $state.raw<readonly symbol[]>([]);

export function pushDialog(id: symbol): void {
  stack = [...stack, id];
}

export function popDialog(id: symbol): void {
  stack = stack.filter((other) => other !== id);
}

export function isTopDialog(id: symbol): boolean {
  return stack.at(-1) === id;
}

/** True while any dialog is open. */
export function anyDialogOpen(): boolean {
  return stack.length > 0;
}

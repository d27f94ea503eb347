const told = new Set<string>();

/** Says something on the console, the same sentence once. */
export function warnOnce(text: string): void {
  if (told.has(text)) return;
  told.add(text);
  console.warn(text);
}

/**
 * A path or the name of an input as it may stand in a message: unquoted when it is plain, otherwise quoted with
 * control and invisible characters escaped, so that a name can neither break the line nor steer a terminal.
 *
 * @example
 * sourceName("data/sales.csv"); // "data/sales.csv"
 * sourceName("a\nb").length;    // 6
 */
export function sourceName(name: string): string {
  if (name !== "" && !/[\p{C}\p{Zl}\p{Zp}]/u.test(name)) return name;
  const escaped = JSON.stringify(name).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (c) =>
    Array.from({ length: c.length }, (_, i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, "0")}`).join(""),
  );
  return escaped;
}

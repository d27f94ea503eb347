/** Says what a row should be, and what was found: a number, or of what kind it is. */
export function refuse(wanted, found, kind = typeof found) {
  throw RangeError(`Expected ${wanted}, found ${kind === "number" || found === null ? found : kind}`);
}

/** What has members and is no text. */
export const list = (x) => (typeof x === "object" && x?.length >= 0 ? x : refuse("a list", x));

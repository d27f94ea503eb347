/** `3 rows`, `1 row`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** Whether of a metric's name one knows that larger values are better. */
export const isLargerBetter = (name: string): boolean => /accuracy|auc|precision|recall|f1|r2/i.test(name);

/** Whether a metric goes from 0 to 1, by its name. */
export const isShare = (name: string): boolean => /accuracy|auc|precision|recall|f1/i.test(name);

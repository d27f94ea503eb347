/** `3 rows`, `1 row`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** A text as the beginning of a sentence. */
export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** Whether of a metric's name one knows that larger values are better. */
export const isLargerBetter = (name: string): boolean => /accuracy|auc|precision|recall|f1|r2/i.test(name);

/** Whether of a metric's name one knows that smaller values are better. */
export const isSmallerBetter = (name: string): boolean => /loss|error|entropy|perplexity|mse|mae|mape|mase/i.test(name);

/** Whether a metric goes from 0 to 1, by its name. */
export const isShare = (name: string): boolean => /accuracy|auc|precision|recall|f1/i.test(name);

/**
 * A number of `fit` in words.
 *
 * @example
 * measureWords("valAccuracy"); // "validation accuracy"
 * measureWords("rmse");        // "RMSE"
 */
export function measureWords(name: string): string {
  const words = name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  const said = /^val[A-Z]/.test(name) ? `validation ${words.slice(4)}` : words;
  return said.replace(/\b(?:rmse|mae|mse|auc|smape|mase)\b/, (short) => short.toUpperCase());
}

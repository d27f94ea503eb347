import { counted, GruvyError, shown, Tensor } from "../base/index.ts";
import type { LabelledTexts } from "../data/index.ts";

/** The different labels in a fixed order: by value when all are numbers, else as text by code point. */
export function classNames(labels: readonly string[]): string[] {
  const names = [...new Set(labels)];
  const numeric = names.every((name) => name.trim() !== "" && Number.isFinite(Number(name)));
  const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return names.sort(numeric ? (a, b) => Number(a) - Number(b) || byText(a, b) : byText);
}

/**
 * The index of each label among the classes.
 *
 * @throws {GruvyError} `data/unknown-label` for a label that the classes lack, with its row.
 */
export function classIndices(
  { labels, rows }: Pick<LabelledTexts, "labels" | "rows">,
  classes: readonly string[],
  where: string,
): Int32Array {
  const index = new Map(classes.map((name, i) => [name, i]));
  return Int32Array.from(labels, (label, row) => {
    const found = index.get(label);
    if (found === undefined) {
      const known = classes.slice(0, 8).map((name) => shown(name));
      throw new GruvyError(
        "data/unknown-label",
        `The label ${shown(label)} in row ${rows?.[row] ?? row + 1} of ${where} never occurs in the training part`,
        `Known labels are ${known.join(", ")}${classes.length > 8 ? ", ..." : ""}; correct it, or train on rows that have it.`,
      );
    }
    return found;
  });
}

/** At least two classes, each more than once; otherwise there is nothing to learn. */
export function checkClasses(classes: readonly string[], rows: number, source: string): void {
  if (classes.length === 1) {
    throw new GruvyError(
      "data/one-class",
      `${rows === 1 ? "The only row" : `All ${rows} rows`} of ${source} ${rows === 1 ? "has" : "have"} the label ${shown(classes[0])}`,
      "A classifier needs at least two different labels; is this the right column?",
    );
  }
  if (classes.length > Math.max(2, rows / 2)) {
    throw new GruvyError(
      "data/too-many-classes",
      `${source} has ${classes.length} different labels in ${counted(rows, "row")}`,
      "Labels must repeat, two rows each at the least; is this the right column?",
    );
  }
}

/** What a model answers as probabilities [rows, classes]: one sigmoid unit stands for the second of two classes. */
export function classProbabilities(answers: Tensor, classes: number): Tensor {
  const rows = answers.shape[0];
  if (answers.shape[1] === classes) return answers;
  const both = new Float32Array(rows * 2);
  for (let row = 0; row < rows; row++) {
    both[2 * row] = 1 - answers.data[row];
    both[2 * row + 1] = answers.data[row];
  }
  return new Tensor([rows, 2], both);
}

/** Rows are true classes, columns predicted ones. */
export function confusionMatrix(truth: ArrayLike<number>, predicted: ArrayLike<number>, classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let row = 0; row < truth.length; row++) counts[truth[row]][predicted[row]]++;
  return counts;
}

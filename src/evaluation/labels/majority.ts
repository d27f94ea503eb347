import { Tensor } from "../../base/index.ts";
import {
  checkedClasses,
  checkedLabels,
  joinedLabels,
  type LabelBaseline,
  notFitted,
  type Rows,
  rowCount,
} from "./baseline.ts";

/**
 * The most frequent class for every row (the first of equals), with the shares of the classes as probabilities.
 *
 * @example
 * const baseline = majority({ classes: 2 });
 * baseline.fit(["a", "b", "c"], [0, 1, 1]);
 * baseline.probabilities(["d"]).at(0, 1); // ≈ 0.667
 */
export function majority<X extends Rows>(options: { readonly classes: number }): LabelBaseline<X> {
  const classes = checkedClasses(options.classes);
  let shares: Float64Array | undefined;
  const counted = (labels: ArrayLike<number>) => {
    const found = new Float64Array(classes);
    for (let row = 0; row < labels.length; row++) found[labels[row]]++;
    return found.map((count) => count / labels.length);
  };
  const repeated = (row: Float64Array, rows: number) => {
    const data = new Float64Array(rows * classes);
    for (let r = 0; r < rows; r++) data.set(row, r * classes);
    return new Tensor([rows, classes], data);
  };
  return {
    name: "majority",
    get parameters() {
      return shares ? classes : 0;
    },
    fit(x, labels, validation) {
      checkedLabels(x, labels, classes);
      shares = counted(labels);
      if (!validation) return undefined;
      checkedLabels(validation.x, validation.labels, classes);
      const before = repeated(shares, validation.labels.length);
      shares = counted(joinedLabels(labels, validation.labels));
      return before;
    },
    probabilities(x) {
      if (!shares) throw notFitted("majority");
      return repeated(shares, rowCount(x));
    },
  };
}

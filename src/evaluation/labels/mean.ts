import { GruvyError, Tensor } from "../../base/index.ts";
import { joined, notFitted, type ValueBaseline } from "./baseline.ts";

/**
 * The mean of the training targets for every row.
 *
 * @example
 * const baseline = mean();
 * baseline.fit(tensor([[0], [0]]), tensor([1, 3]));
 * baseline.predict(tensor([[9]])).toArray(); // [2]
 */
export function mean(): ValueBaseline {
  let centre: Float64Array | undefined;
  let inner: readonly number[] = [];
  const repeated = (rows: number) => {
    if (!centre) throw notFitted("mean");
    const data = new Float64Array(rows * centre.length);
    for (let row = 0; row < rows; row++) data.set(centre, row * centre.length);
    return new Tensor([rows, ...inner], data);
  };
  const average = (y: Tensor) => {
    const [rows] = y.shape;
    if (rows === 0) throw new GruvyError("data/too-short", "Expected at least one target, found none");
    inner = y.shape.slice(1);
    centre = new Float64Array(y.data.length / rows);
    for (let i = 0; i < y.data.length; i++) centre[i % centre.length] += y.data[i] / rows;
  };
  return {
    name: "mean",
    get parameters() {
      return centre?.length ?? 0;
    },
    fit(_, y, validation) {
      average(y);
      if (!validation) return undefined;
      const before = repeated(validation.y.shape[0]);
      average(joined(y, validation.y));
      return before;
    },
    predict: (x) => repeated(x.shape[0]),
  };
}

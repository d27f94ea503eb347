import { checkedFit, checkedRows, notFitted, type SeriesBaseline } from "./baseline.ts";

/**
 * The last known value plus the mean change over the training part for each row ahead (Hyndman and Athanasopoulos,
 * Forecasting: principles and practice).
 *
 * @example
 * const baseline = drift();
 * baseline.fit(Float64Array.of(1, 3, 5), { window: 1 });
 * baseline.predict(Float64Array.of(1, 3, 5), 3, 1); // Float64Array [7]
 */
export function drift(): SeriesBaseline {
  let horizon = 0;
  let slope = 0;
  return {
    name: "drift",
    get parameters() {
      return horizon === 0 ? 0 : 1;
    },
    fit(train, settings) {
      horizon = checkedFit("drift", train, settings, 2).horizon;
      slope = (train[train.length - 1] - train[0]) / (train.length - 1);
    },
    predict(values, first, count) {
      if (horizon === 0) throw notFitted("drift");
      checkedRows(values, first, count, horizon, horizon);
      return values.slice(first - horizon, first - horizon + count).map((value) => value + horizon * slope);
    },
  };
}

import { checkedFit, checkedRows, notFitted, type SeriesBaseline } from "./baseline.ts";

/**
 * The last known value is the forecast: what a random walk allows at best.
 *
 * @example
 * const baseline = lastValue();
 * baseline.fit(Float64Array.of(1, 2, 4), { window: 1 });
 * baseline.predict(Float64Array.of(1, 2, 4, 8), 2, 2); // Float64Array [2, 4]
 */
export function lastValue(): SeriesBaseline {
  let horizon = 0;
  return {
    name: "lastValue",
    parameters: 0,
    fit(train, settings) {
      horizon = checkedFit("lastValue", train, settings, 1).horizon;
    },
    predict(values, first, count) {
      if (horizon === 0) throw notFitted("lastValue");
      checkedRows(values, first, count, horizon, horizon);
      return values.slice(first - horizon, first - horizon + count);
    },
  };
}

import { GruvyError } from "../../base/index.ts";
import { checkedFit, checkedRows, notFitted, type SeriesBaseline } from "./baseline.ts";

/**
 * The value one season before is the forecast; beyond one season ahead, that of the last season known. `fit` throws
 * `usage/no-season` without a season.
 *
 * @example
 * const baseline = seasonalNaive();
 * baseline.fit(Float64Array.of(1, 2, 1, 3), { window: 1, season: 2 });
 * baseline.predict(Float64Array.of(1, 2, 1, 3), 4, 1); // Float64Array [1]
 */
export function seasonalNaive(): SeriesBaseline {
  let horizon = 0;
  let reach = 0;
  return {
    name: "seasonalNaive",
    parameters: 0,
    fit(train, settings) {
      const { season, horizon: ahead } = checkedFit("seasonalNaive", train, settings, 1);
      if (season === undefined) {
        throw new GruvyError(
          "usage/no-season",
          "The baseline seasonalNaive needs a season",
          "Give one, or leave it out.",
        );
      }
      horizon = ahead;
      reach = season * Math.ceil(horizon / season);
    },
    predict(values, first, count) {
      if (horizon === 0) throw notFitted("seasonalNaive");
      checkedRows(values, first, count, reach, horizon);
      return values.slice(first - reach, first - reach + count);
    },
  };
}

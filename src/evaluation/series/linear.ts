import { rmse } from "../metrics.ts";
import { applyLinear, type LinearModel, moments, ridge } from "../ridge.ts";
import { firstTarget, type SeriesTransform, seriesTransform } from "../transform.ts";
import { checkedFit, checkedRows, notFitted, type SeriesBaseline } from "./baseline.ts";

/** Relative to the mean variance of the inputs. */
const strengths = [0, 1e-6, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10];

/** The targets at the end on which the strength is chosen: 15 %, of a short series up to a third, to have 24. */
function heldOut(count: number): number {
  return Math.max(1, Math.ceil(0.15 * count), Math.min(24, Math.floor(count / 3)));
}

/**
 * A linear autoregression on the window the networks see, transformed as theirs is: ridge regression in closed form.
 * Its strength is the one with the smallest error, in the data's units, on the last 15 % of the training targets (24
 * at least, where there are 72) when fitted on those before; then it is fitted on all.
 *
 * @example
 * const baseline = linearAutoregression();
 * baseline.fit(Float64Array.from({ length: 40 }, (_, i) => i), { window: 2 });
 * baseline.predict(Float64Array.of(5, 6), 2, 1); // about [7]
 */
export function linearAutoregression(): SeriesBaseline {
  let fitted: { model: LinearModel; transform: SeriesTransform; window: number; horizon: number } | undefined;
  return {
    name: "linear",
    get parameters() {
      return fitted ? fitted.window + 1 : 0;
    },
    fit(train, settings) {
      const { window } = settings;
      const transform = settings.transform ?? seriesTransform("asIs");
      const first = firstTarget(transform.lead, window, settings.horizon);
      const { horizon } = checkedFit("linear", train, settings, first + 3);
      const count = train.length - first;
      const { x, y } = transform.windows(train, { window, horizon, first, count });
      const kept = count - heldOut(count);
      const sums = moments(x.subarray(0, kept * window), y.subarray(0, kept), kept);
      const place = { window, horizon, first: first + kept, count: count - kept };
      const truth = train.subarray(first + kept);
      let chosen = strengths[0];
      let least = Number.POSITIVE_INFINITY;
      for (const strength of strengths) {
        const z = applyLinear(ridge(sums, strength), x.subarray(kept * window), count - kept);
        const error = rmse(transform.invert(train, place, z), truth);
        if (error < least) {
          least = error;
          chosen = strength;
        }
      }
      fitted = { model: ridge(moments(x, y, count), chosen), transform, window, horizon };
    },
    predict(values, first, count) {
      if (!fitted) throw notFitted("linear");
      const { model, transform, window, horizon } = fitted;
      checkedRows(values, first, count, firstTarget(transform.lead, window, horizon), horizon);
      const place = { window, horizon, first, count };
      return transform.invert(values, place, applyLinear(model, transform.windows(values, place).x, count));
    },
  };
}

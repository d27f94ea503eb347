import { list, refuse } from "./refuse.js";

/** A series: transformed, cut into windows and scaled; its forecasts go the way back. */
export function series({ preprocessing }) {
  const { window, horizon, logs, lag, levels, magnitude, input, output } = preprocessing;
  const length = window + horizon - 1 + lag;
  const average = (values) => values.reduce((sum, x) => sum + x, 0) / window;

  /** For each step ahead the window, and what is taken off there, divided by, and added again. */
  const prepare = (row) => {
    if (list(row).length < length) refuse(`${length} values or more`, row.length);
    const values = Array.from(row)
      .slice(-length)
      .map((x) => {
        if (!Number.isFinite(x) || (logs && x <= 0)) refuse(`a number${logs ? " above 0" : ""}`, x);
        return logs ? Math.log(x / magnitude) : x / magnitude;
      });
    return Array.from({ length: horizon }, (_, h) => {
      const seen = values.slice(h + lag, h + lag + window);
      // A difference is to the last value known which is a whole number of lags before.
      if (lag)
        return [seen.map((x, j) => x - values[h + j]), 0, 1, values[length + h - lag * Math.ceil(horizon / lag)]];
      if (!levels) return [seen, 0, 1, 0];
      const mean = average(seen);
      const spread = Math.sqrt(average(seen.map((x) => (x - mean) * (x - mean))));
      return [seen, mean, spread > 1e-12 * Math.abs(mean) ? spread : 1, mean];
    });
  };

  return {
    encode: (row) =>
      prepare(row).map(([seen, less, spread]) => [
        seen.map((x) => (((x - less) / spread - input.shift) / input.scale) * input.width + input.low),
      ]),
    decode: (given, row) =>
      prepare(row).map(([, , spread, base], h) => {
        const x = base + spread * (((given[h][0][0] - output.low) / output.width) * output.scale + output.shift);
        return (logs ? Math.exp(x) : x) * magnitude;
      }),
    step() {
      throw Error("This model cannot go step by step: it takes windows");
    },
  };
}

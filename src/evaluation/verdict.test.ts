import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type VerdictInput, verdict } from "./verdict.ts";

const series: VerdictInput = {
  metric: "rmse",
  model: "gru",
  baseline: "lastValue",
  modelScore: 18.2,
  baselineScore: 50.7,
  difference: -32.5,
  low: -41.3,
  high: -21.8,
  targets: 48,
  unit: "passengers",
};

describe("verdict", () => {
  it("says that a model beats its baseline when the whole interval does", () => {
    expect(verdict(series)).toBe(
      "The GRU beats the last value (the best baseline on the validation part): RMSE 18.2 against 50.7 passengers on 48 test targets, " +
        "32.5 lower (95 % interval 21.8 to 41.3 lower).",
    );
  });

  it("says of a model that was chosen among others how", () => {
    expect(verdict({ ...series, modelChosen: true })).toMatch(
      /^The GRU beats the last value \(the best cell and baseline on the validation part\): RMSE 18.2 against/,
    );
  });

  it("says how far ahead a forecast is from two steps on", () => {
    expect(verdict({ ...series, ahead: 1 })).toBe(verdict(series));
    expect(verdict({ ...series, ahead: 14 })).toContain("on 48 test targets, each 14 steps ahead, 32.5 lower");
  });

  it("says that it does not when the whole interval lies on the baseline's side", () => {
    const worse = {
      ...series,
      model: "rnn",
      baseline: "ets",
      modelScore: 20.4,
      baselineScore: 14.5,
      difference: 5.9,
      low: 1.2,
      high: 9.6,
    };
    expect(verdict(worse)).toBe(
      "The simple RNN does not beat exponential smoothing (the best baseline on the validation part): RMSE 20.4 against 14.5 passengers on 48 test targets, " +
        "5.9 higher (95 % interval 1.2 to 9.6 higher).",
    );
  });

  it("claims nothing when the interval includes zero, and says when targets are few", () => {
    const close = {
      ...series,
      baseline: "linear",
      modelScore: 17.2,
      baselineScore: 16.1,
      difference: 1.1,
      low: -2.3,
      high: 4.4,
      targets: 27,
    };
    expect(verdict(close)).toBe(
      "No difference can be claimed between the GRU and a linear model (the best baseline on the validation part): RMSE 17.2 against 16.1 passengers " +
        "on 27 test targets, which are few; the 95 % interval of the difference, -2.3 to 4.4, includes zero.",
    );
    expect(verdict({ ...close, low: 0 })).toContain("No difference can be claimed");
    expect(verdict({ ...close, targets: 1 })).toContain("on 1 test target, which are few");
  });

  it("speaks of accuracy in per cent and points, where more is better", () => {
    const texts: VerdictInput = {
      metric: "accuracy",
      model: "lstm",
      baseline: "naiveBayesLogistic",
      modelScore: 0.8791,
      baselineScore: 0.9147,
      difference: -0.0356,
      low: -0.0391,
      high: -0.0322,
      targets: 24_980,
    };
    expect(verdict(texts)).toBe(
      "The LSTM does not beat logistic regression on words and word pairs (the best baseline on the validation part): accuracy 87.9 against 91.5 % " +
        "on 24,980 test rows, 3.6 points lower (95 % interval 3.2 to 3.9 points lower).",
    );
    expect(verdict({ ...texts, difference: 0.03, low: 0.01, high: 0.05 })).toMatch(
      /^The LSTM beats .* 3.0 points higher/,
    );
  });

  it("has as many decimals as the table of scores beside it, and sets thousands apart", () => {
    const near = { ...series, modelScore: 2.2, baselineScore: 2.27, difference: -0.07, low: -0.97, high: 0.91 };
    expect(verdict(near)).toMatch(/RMSE 2\.20 against 2\.27 .* -0\.97 to 0\.91, includes zero/);
    const large = {
      ...series,
      modelScore: 977,
      baselineScore: 1008,
      difference: -31,
      low: -85,
      high: 22,
      targets: 2055,
    };
    expect(verdict(large)).toMatch(/RMSE 977 against 1,008 passengers on 2,055 test targets; .* -85 to 22,/);
    const shares = { modelScore: 0.725, baselineScore: 1, difference: -0.275, low: -0.425, high: -0.15, targets: 40 };
    expect(verdict({ ...series, ...shares, metric: "accuracy" })).toMatch(
      /accuracy 72\.5 against 100\.0 % on 40 test rows, 27\.5 points lower \(95 % interval 15\.0 to 42\.5/,
    );
  });

  it("writes very small and unmeasured differences so that they can be read", () => {
    const tiny = {
      ...series,
      modelScore: 2.1e-7,
      baselineScore: 4.9e-13,
      difference: 2.1e-7,
      low: 1.5e-7,
      high: 3.1e-7,
    };
    expect(verdict(tiny)).toContain("RMSE 2.1e-7 against 4.9e-13 passengers");
    const alike = { ...tiny, modelScore: 4e-12, baselineScore: 4e-12, difference: 0, low: 0, high: 0 };
    expect(verdict(alike)).toContain("RMSE 4.0e-12 against 4.0e-12 passengers");
    expect(verdict({ ...series, low: Number.NaN })).toMatch(/^No claim can be made/);
  });

  it("claims in words what the interval says, and never shows a bound as zero that is not", () => {
    const bound = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(bound, bound, fc.constantFrom("rmse" as const, "accuracy" as const), (a, b, metric) => {
        const scale = metric === "accuracy" ? 1e-6 : 1;
        const [low, high] = [Math.min(a, b) * scale, Math.max(a, b) * scale];
        const text = verdict({ ...series, metric, low, high, difference: (low + high) / 2 });
        const better = metric === "accuracy" ? low > 0 : high < 0;
        const worse = metric === "accuracy" ? high < 0 : low > 0;
        expect(text.includes(" beats ")).toBe(better);
        expect(text.includes(" does not beat ")).toBe(worse);
        expect(text.includes("No difference can be claimed")).toBe(!better && !worse);
        expect(text).not.toMatch(/NaN|undefined|-0(?:\.0*)?(?!\.?\d)/); // a minus before nothing but zeros
        if (better || worse) {
          const [, near, far] = text.match(/interval (\S+) to (\S+)/) ?? [];
          const [from, to] = [near, far].map((text) => Number(text.replaceAll(",", "")));
          expect(from).toBeGreaterThan(0);
          expect(to).toBeGreaterThanOrEqual(from);
        }
      }),
      { examples: [[0, -0.0000010000000000000002, "rmse"]] },
    );
  });
});

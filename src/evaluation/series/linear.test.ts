import { describe, expect, it } from "vitest";
import { normal, random, stream } from "../../base/index.ts";
import { rmse } from "../metrics.ts";
import { seriesTransform } from "../transform.ts";
import { linearAutoregression } from "./linear.ts";

describe("linearAutoregression", () => {
  it("finds the recurrence of a sine, one and five rows ahead", () => {
    const sine = Float64Array.from({ length: 300 }, (_, i) => Math.sin(i / 7));
    for (const horizon of [1, 5]) {
      const baseline = linearAutoregression();
      baseline.fit(sine.subarray(0, 200), { window: 4, horizon });
      expect(rmse(baseline.predict(sine, 200, 100), sine.subarray(200))).toBeLessThan(1e-6);
      expect(baseline.parameters).toBe(5);
    }
  });

  it("comes near the noise of an autoregressive process", () => {
    const noise = random(0, stream.data);
    let before = 0;
    let now = 0;
    const values = Float64Array.from({ length: 2000 }, (_, i) => {
      [before, now] = [now, 0.5 * now - 0.4 * before + normal(noise, i)];
      return now;
    });
    const baseline = linearAutoregression();
    baseline.fit(values.subarray(0, 1500), { window: 6 });
    const error = rmse(baseline.predict(values, 1500, 500), values.subarray(1500));
    expect(error).toBeGreaterThan(0.93);
    expect(error).toBeLessThan(1.07);
  });

  it("works on the transformed series: exponential growth is constant in differences of logarithms", () => {
    const growth = Float64Array.from({ length: 60 }, (_, i) => 2 * 1.1 ** i);
    const baseline = linearAutoregression();
    baseline.fit(growth.subarray(0, 40), { window: 3, transform: seriesTransform("logDifference") });
    const predicted = baseline.predict(growth, 40, 20);
    for (let i = 0; i < 20; i++) expect(predicted[i] / growth[40 + i]).toBeCloseTo(1, 9);
  });

  it("shrinks where a wide window has little to go by", () => {
    const noise = random(2, stream.data);
    const values = Float64Array.from({ length: 400 }, (_, i) => normal(noise, i));
    const baseline = linearAutoregression();
    baseline.fit(values.subarray(0, 60), { window: 24 });
    // Least squares with 25 numbers on 36 targets would be off by much more than the noise itself.
    expect(rmse(baseline.predict(values, 60, 340), values.subarray(60))).toBeLessThan(1.25);
  });
});

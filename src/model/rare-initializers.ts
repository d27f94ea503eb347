// What few trainings begin with.

import { GruvyError, normal, product, type Random } from "../base/index.ts";
import { drawWithin } from "../engine/index.ts";
import { fans } from "./fans.ts";
import type { Initializer, VarianceScalingOptions } from "./initializers.ts";

function filled(shape: readonly number[], value: (i: number) => number): Float32Array {
  const values = new Float32Array(product(shape));
  for (let i = 0; i < values.length; i++) values[i] = value(i);
  return values;
}

/** The deviation of a standard normal that is cut at two deviations. */
const CUT_DEVIATION = 0.8796256610342398;

/** Standard normal cut at two deviations, scaled so that its own deviation is 1. */
function cutNormal(random: Random, element: number): number {
  for (let attempt = 0; ; attempt++) {
    const value = normal(random, element + attempt * 0x1000000);
    if (Math.abs(value) < 2) return value / CUT_DEVIATION;
  }
}

type Scaling = Required<Pick<VarianceScalingOptions, "mode" | "distribution" | "scale">>;

/** Those that are a variance of scale / n and a distribution. */
const scalings: Readonly<Record<string, Scaling>> = {
  glorotNormal: { scale: 1, mode: "fanAvg", distribution: "truncatedNormal" },
  heUniform: { scale: 2, mode: "fanIn", distribution: "uniform" },
  heNormal: { scale: 2, mode: "fanIn", distribution: "truncatedNormal" },
  lecunUniform: { scale: 1, mode: "fanIn", distribution: "uniform" },
  lecunNormal: { scale: 1, mode: "fanIn", distribution: "truncatedNormal" },
};

function scaled({ scale, mode, distribution }: Scaling, shape: readonly number[], random: Random): Float32Array {
  const { fanIn, fanOut } = fans(shape);
  const variance = scale / Math.max(1, { fanIn, fanOut, fanAvg: (fanIn + fanOut) / 2 }[mode]);
  if (distribution === "uniform") return drawWithin(product(shape), random, Math.sqrt(3 * variance));
  const drawn = distribution === "truncatedNormal" ? cutNormal : normal;
  return filled(shape, (i) => Math.sqrt(variance) * drawn(random, i));
}

/** The numbers that an initializer's config stands for. */
export function draw(config: Initializer["config"], shape: readonly number[], random: Random): Float32Array {
  const { name } = config;
  const { mean, stddev, gain } = config as unknown as Record<string, number>;
  switch (name) {
    case "randomNormal":
      return filled(shape, (i) => mean + stddev * normal(random, i));
    case "truncatedNormal":
      return filled(shape, (i) => mean + stddev * CUT_DEVIATION * cutNormal(random, i));
    case "identity":
      if (shape.length === 2) return filled(shape, (i) => (Math.floor(i / shape[1]) === i % shape[1] ? gain : 0));
      throw new GruvyError(
        "model/initializer",
        `Expected a matrix for identity, found a weight of shape [${shape.join(", ")}]`,
      );
    default:
      return scaled(scalings[name] ?? (config as unknown as Scaling), shape, random);
  }
}

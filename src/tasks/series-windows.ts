import { Tensor } from "../base/index.ts";
import { scalerFromConfig } from "../data/index.ts";
import type { SeriesTransform } from "../evaluation/index.ts";
import type { Predict } from "./job.ts";
import type { SeriesPipeline } from "./pipeline.ts";

/** Which targets: the rows `first`, `first + 1`, ... */
export interface Targets {
  readonly first: number;
  readonly count: number;
}

/** The windows of these targets as a model takes them, float32 [count, window, 1]. */
export function windowInputs(
  pipeline: SeriesPipeline,
  transform: SeriesTransform,
  values: Float64Array,
  targets: Targets,
): Tensor {
  const { window, horizon } = pipeline;
  const { x } = transform.windows(values, { window, horizon, ...targets });
  const scaled = scalerFromConfig(pipeline.input).transform(x);
  return new Tensor([targets.count, window, 1], Float32Array.from(scaled));
}

/** What a model should answer to them, float32 [count, 1]. */
export function windowTargets(
  pipeline: SeriesPipeline,
  transform: SeriesTransform,
  values: Float64Array,
  targets: Targets,
): Tensor {
  const { window, horizon } = pipeline;
  const { y } = transform.windows(values, { window, horizon, ...targets });
  return new Tensor([targets.count, 1], Float32Array.from(scalerFromConfig(pipeline.output).transform(y)));
}

/**
 * Forecasts of these targets in the data's units, each from values up to `horizon` rows before it. Targets may lie up
 * to `horizon` rows past the end.
 */
export async function forecasts(
  pipeline: SeriesPipeline,
  transform: SeriesTransform,
  predict: Predict,
  values: Float64Array,
  targets: Targets,
): Promise<Float64Array> {
  if (targets.count === 0) return new Float64Array(0);
  const { window, horizon, output, magnitude = 1 } = pipeline;
  const divided = magnitude === 1 ? values : values.map((value) => value / magnitude);
  const answers = await predict(windowInputs(pipeline, transform, divided, targets));
  const predicted = scalerFromConfig(output).inverse(answers.data);
  const found = transform.invert(divided, { window, horizon, ...targets }, predicted);
  return magnitude === 1 ? found : found.map((value) => value * magnitude);
}

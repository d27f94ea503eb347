import type { ScalerConfig } from "../data/index.ts";
import { seriesTransform, takesLogs } from "../evaluation/index.ts";
import type { JsonObject } from "../model/index.ts";
import { decodeModelFile } from "../storage/index.ts";
import { type FittedModel, modelFromBytes } from "./fitted.ts";
import { decodeModel } from "./model-parts.ts";
import type { Pipeline, SeriesPipeline } from "./pipeline.ts";
import { wordPattern } from "./text-words.ts";

/**
 * A trained model as one WebAssembly module that takes data as they come: texts, sequences, the values of a series. Its
 * loader does what the pipeline does. See `model.toWasm`.
 *
 * @throws {GruvyError} as `model.toWasm`.
 * @example
 * const { fitted } = await train(airlinePassengers(), { epochs: 2 });
 * const bytes = await wasmBytes(fitted);
 * WebAssembly.validate(bytes); // true
 */
export function wasmBytes(
  { model, pipeline }: FittedModel,
  options: { readonly relaxedSimd?: boolean } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return model.toWasm({ ...options, preprocessing: described(pipeline) });
}

/**
 * The same of a model file, also of one without preprocessing.
 *
 * @throws {GruvyError} `file/...` and `model/...` for a file that is none, was altered, or does not fit together.
 */
export async function wasmOfFile(
  bytes: Uint8Array,
  source: string,
  options: { readonly relaxedSimd?: boolean } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { preprocessing } = decodeModelFile(bytes, { source });
  if (preprocessing !== null) return wasmBytes(await modelFromBytes(bytes, source), options);
  return (await decodeModel(bytes, source)).toWasm(options);
}

/** The pipeline as a loader reads it: what it needs, in plain numbers, and nothing of the data trained on. */
function described(pipeline: Pipeline): JsonObject {
  if (pipeline.kind === "series") return describedSeries(pipeline);
  if (pipeline.kind === "texts") return { ...pipeline, word: wordPattern(pipeline.script) };
  return { ...pipeline };
}

function describedSeries(pipeline: SeriesPipeline): JsonObject {
  const { kind, target, unit, window, horizon, transform, season, magnitude = 1 } = pipeline;
  return {
    kind,
    target,
    ...(unit === undefined ? {} : { unit }),
    window,
    horizon,
    logs: takesLogs(transform),
    /** Differences are to the value so many rows before; 0 for none. */
    lag: seriesTransform(transform, { season }).lead,
    /** Each window is brought to a mean of 0 and a deviation of 1. */
    levels: transform === "windowNormalised",
    magnitude,
    input: line(pipeline.input),
    output: line(pipeline.output),
  };
}

/** A scaler of one column: (x - shift) / scale * width + low. */
function line(scaler: ScalerConfig): JsonObject {
  if (scaler.kind === "standard") {
    return { shift: scaler.mean[0], scale: scaler.deviation[0] || 1, width: 1, low: 0 };
  }
  const [low, high] = scaler.range;
  return { shift: scaler.min[0], scale: scaler.spread[0] || 1, width: high - low, low };
}

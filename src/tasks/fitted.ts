import { GruvyError, shown, Tensor } from "../base/index.ts";
import { type Sequential, sequentialFromConfig } from "../model/index.ts";
import { decodeModelFile, encodeModelFile } from "../storage/index.ts";
import { type Pipeline, readPipeline } from "./pipeline.ts";
import type { ComparisonResult, Scores } from "./results.ts";
import type { Cell } from "./settings.ts";

/** How a model came to be, kept in its file. */
export interface TrainingRecord {
  readonly cell: Cell;
  readonly data: { readonly name: string; readonly source: string; readonly rows: number };
  /** Tells whether other data are those it was trained on. */
  readonly fingerprint: string;
  readonly split: ComparisonResult["split"];
  readonly choices: ComparisonResult["choices"];
  readonly settings: ComparisonResult["settings"];
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly history: Readonly<Record<string, readonly number[]>>;
  readonly validation: Scores;
  readonly test: Scores;
  readonly verdict: string;
  readonly versions: ComparisonResult["versions"];
  readonly date: string;
}

/** A trained model with all it needs to take data as they come: what `train` gives and a model file holds. */
export interface FittedModel {
  readonly model: Sequential;
  readonly pipeline: Pipeline;
  /** Plain JSON when it comes from a file; `TrainingRecord` when this Gruvy wrote it. */
  readonly training: Readonly<Partial<TrainingRecord>>;
  /** Texts of other programs or later versions, kept when the model is saved again. */
  readonly extra?: ReadonlyMap<string, string>;
  /** What a user should know of the file it was read from. */
  readonly warnings?: readonly string[];
}

/** The bytes of a `model.gruvy`: a valid safetensors file with everything else as JSON in its metadata. */
export async function modelBytes({ model, pipeline, training, extra }: FittedModel): Promise<Uint8Array> {
  const weights = await model.getWeights();
  const state = await model.getOptimizerState();
  const optimizer = new Map(state.tensors);
  optimizer.set("iterations", new Tensor([], Int32Array.of(state.iterations)));
  return encodeModelFile({
    architecture: model.toConfig(),
    preprocessing: pipeline,
    training,
    tensors: new Map(model.weightPaths.map((path, i) => [path, weights[i]])),
    optimizer,
    extra,
  });
}

/**
 * Reads a model file, trusting nothing: every part is checked against the others before a model is built.
 *
 * @throws {GruvyError} `file/...` for bytes that are no model file or were altered, `model/...` for parts that do not
 *   fit together.
 */
export async function modelFromBytes(bytes: Uint8Array, source: string): Promise<FittedModel> {
  const { architecture, preprocessing, training, tensors, extra, warnings } = decodeModelFile(bytes, { source });
  const pipeline = readPipeline(preprocessing, source);
  const model = sequentialFromConfig(architecture);
  try {
    const paths = model.weightPaths;
    const weights = paths.map((path) => {
      const found = tensors.get(path);
      if (found === undefined) throw misfit(source, `the weight ${shown(path)} is missing`);
      return found;
    });
    for (const name of tensors.keys()) {
      if (!paths.includes(name)) throw misfit(source, `no layer has a weight ${shown(name)}`);
    }
    await model.setWeights(weights);
  } catch (error) {
    model.dispose();
    throw error;
  }
  const record = typeof training === "object" && training !== null && !Array.isArray(training) ? training : {};
  return { model, pipeline, training: record as Partial<TrainingRecord>, extra, warnings };
}

function misfit(source: string, what: string): GruvyError {
  return new GruvyError(
    "model/weights",
    `The parts of ${source} do not fit together: ${what}`,
    "Get the file again from where it came, or train the model again.",
  );
}

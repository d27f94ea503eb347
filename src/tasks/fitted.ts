import type { Model } from "../model/index.ts";
import { decodeModelFile, encodeModelFile } from "../storage/index.ts";
import { modelFromParts, modelParts } from "./model-parts.ts";
import { type Pipeline, readPipeline } from "./pipeline.ts";
import { checkPipelineFits } from "./pipeline-fit.ts";
import type { ComparisonResult, ModelName, Scores } from "./results.ts";
import type { Cell } from "./settings.ts";

/** How a model came to be, kept in its file. */
export interface TrainingRecord {
  readonly cell: Cell;
  readonly data: {
    readonly name: string;
    readonly source: string;
    readonly rows: number;
    /** Of a series with dates: the median time from one value to the next, in milliseconds. */
    readonly step?: number;
  };
  /** Tells whether other data are those it was trained on. */
  readonly fingerprint: string;
  /**
   * Hashes of the rows trained and validated on, of a series those of each sixteen values on end, 8 letters each, so
   * that `evaluate` recognises them.
   */
  readonly rowPrints?: string;
  /** What the plainest baseline always answers: the commonest class or the mean of the rows trained on. */
  readonly constant?: number;
  /** Tells whether these are the same data in all, the part to test on included. */
  readonly whole?: string;
  /** What the baselines beside it scored on the test part. */
  readonly baselines?: readonly { readonly name: ModelName; readonly test: Scores }[];
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
  readonly model: Model;
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
  return encodeModelFile({ ...(await modelParts(model)), preprocessing: pipeline, training, extra });
}

/**
 * Reads a model file, trusting nothing: every part is checked against the others before a model is built.
 *
 * @throws {GruvyError} `file/...` for bytes that are no model file or were altered, `model/...` for parts that do not
 *   fit together.
 */
export async function modelFromBytes(bytes: Uint8Array, source: string): Promise<FittedModel> {
  const { preprocessing, training, extra, warnings, ...parts } = decodeModelFile(bytes, { source });
  const pipeline = readPipeline(preprocessing, source);
  const model = await modelFromParts(parts, source);
  try {
    checkPipelineFits(pipeline, model, source);
  } catch (error) {
    model.dispose();
    throw error;
  }
  const record = typeof training === "object" && training !== null && !Array.isArray(training) ? training : {};
  return { model, pipeline, training: record as Partial<TrainingRecord>, extra, warnings };
}

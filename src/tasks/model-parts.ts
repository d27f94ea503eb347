import { GruvyError, shown, Tensor, type TensorLike } from "../base/index.ts";
import { type Model, modelFromConfig, type Threads } from "../model/index.ts";
import { decodeModelFile, encodeModelFile } from "../storage/index.ts";

/** A model in the parts that a file keeps: its architecture, its weights by Keras path, its optimizer's arrays. */
export interface ModelParts {
  readonly architecture: unknown;
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly optimizer?: ReadonlyMap<string, Tensor>;
}

/** The name under which the number of optimizer steps is kept. */
export const ITERATIONS = "iterations";

export async function modelParts(model: Model<unknown>): Promise<ModelParts> {
  const weights = await model.getWeights();
  const tensors = new Map(model.weightPaths.map((path, i) => [path, weights[i]]));
  if (!model.isCompiled) return { architecture: model.toConfig(), tensors };
  const state = await model.getOptimizerState();
  const optimizer = new Map(state.tensors).set(ITERATIONS, new Tensor([], Int32Array.of(state.iterations)));
  return { architecture: model.toConfig(), tensors, optimizer };
}

/**
 * Builds a model from parts that came from a file, trusting nothing. Training can go on where it stopped.
 *
 * @throws {GruvyError} `model/...` for parts that do not fit together.
 */
export async function modelFromParts(parts: ModelParts, source: string, threads?: Threads): Promise<Model> {
  const model = modelFromConfig(parts.architecture);
  try {
    if (threads !== undefined) model.runOn(threads);
    const paths = model.weightPaths;
    const weights = paths.map((path): TensorLike => {
      const found = parts.tensors.get(path);
      if (found === undefined) throw misfit(source, `the weight ${shown(path)} is missing`);
      return found;
    });
    for (const name of parts.tensors.keys()) {
      if (!paths.includes(name)) throw misfit(source, `no layer has a weight ${shown(name)}`);
    }
    await model.setWeights(weights);
    const iterations = parts.optimizer?.get(ITERATIONS);
    if (parts.optimizer && iterations && model.isCompiled) {
      await model.setOptimizerState({ iterations: iterations.data[0], tensors: parts.optimizer });
    }
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

function misfit(source: string, what: string): GruvyError {
  return new GruvyError(
    "model/weights",
    `The parts of ${source} do not fit together: ${what}`,
    "Get the file again from where it came, or train the model again.",
  );
}

/** What others had written into the file that a model came from, to be written again. */
const extras = new WeakMap<Model<unknown>, ReadonlyMap<string, string>>();

/**
 * The bytes of a model file without preprocessing: for models whose user prepares data in code. `optimizer: false` leaves
 * the optimizer's state out.
 */
export async function encodeModel(model: Model<unknown>, { optimizer = true } = {}): Promise<Uint8Array> {
  const extra = extras.get(model);
  const { optimizer: state, ...parts } = await modelParts(model);
  const kept = optimizer && state ? { optimizer: state } : {};
  return encodeModelFile({ ...parts, ...kept, preprocessing: null, training: null, extra });
}

/** The model of a file, whether or not the file also holds preprocessing; `threads`: where it is to run. */
export async function decodeModel(bytes: Uint8Array, source: string, threads?: Threads): Promise<Model> {
  const { extra, ...parts } = decodeModelFile(bytes, { source });
  const model = await modelFromParts(parts, source, threads);
  extras.set(model, extra);
  return model;
}

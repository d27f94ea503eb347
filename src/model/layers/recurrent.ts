import { GruvyError, type Random, wholeNumber } from "../../base/index.ts";
import { type ActivationName, activationNamed, RecurrentOp, type RecurrentOptions } from "../../engine/index.ts";
import { type Initializer, type InitializerLike, initializer } from "../initializers.ts";
import { flag, optionsOf, rate, refuseUnknown } from "../options.ts";
import { type BuildContext, type JsonObject, type Layer, needSequence, type Symbolic } from "./layer.ts";

/** Options that the recurrent layers share; names, meanings and defaults are Keras's. */
export interface RecurrentLayerOptions {
  /** Size of the state and of the output. */
  readonly units: number;
  /** For the candidate and the output. Default `tanh`. */
  readonly activation?: ActivationName;
  /** Default true. */
  readonly useBias?: boolean;
  /** The output at every step instead of the last one. Default false. */
  readonly returnSequences?: boolean;
  /** From the last step to the first; sequences come out in that order. Default false. */
  readonly goBackwards?: boolean;
  /**
   * Row i of a batch starts from the states that row i of the batch before ended with, in `fit`, `evaluate` and
   * `predict` alike, until `model.resetState()`. Needs a `batchSize` of `input`. Default false.
   */
  readonly stateful?: boolean;
  /** Share of the inputs set to zero while training, the same ones at every step. Default 0. */
  readonly dropout?: number;
  /** Share of the state set to zero where it enters the gates, the same units at every step. Default 0. */
  readonly recurrentDropout?: number;
  /** Default `glorotUniform`. */
  readonly kernelInitializer?: InitializerLike;
  /** Default `orthogonal`. */
  readonly recurrentInitializer?: InitializerLike;
  /** Default `zeros`. */
  readonly biasInitializer?: InitializerLike;
  readonly seed?: number;
  readonly name?: string;
}

/** For the gates. Default `sigmoid`. */
export interface GateOptions {
  readonly recurrentActivation?: ActivationName;
}

export interface ResolvedRecurrent {
  readonly options: Omit<RecurrentOptions, "path" | "seed">;
  readonly stateful: boolean;
  readonly initializers: { kernel: Initializer; recurrent: Initializer; bias: Initializer };
  readonly config: JsonObject;
}

/** Fills in the defaults and checks every option. */
export function resolve(kind: string, given: RecurrentLayerOptions & GateOptions): ResolvedRecurrent {
  const {
    units,
    activation = "tanh",
    recurrentActivation = "sigmoid",
    useBias = true,
    returnSequences = false,
    goBackwards = false,
    stateful = false,
    dropout = 0,
    recurrentDropout = 0,
    kernelInitializer = "glorotUniform",
    recurrentInitializer = "orthogonal",
    biasInitializer = "zeros",
  } = optionsOf(given, kind);
  const options = {
    units,
    activation: activationNamed(activation),
    recurrentActivation: activationNamed(recurrentActivation),
    useBias: flag(useBias, `useBias of ${kind}`),
    returnSequences: flag(returnSequences, `returnSequences of ${kind}`),
    goBackwards: flag(goBackwards, `goBackwards of ${kind}`),
    dropout: rate(dropout, `dropout of ${kind}`),
    recurrentDropout: rate(recurrentDropout, `recurrentDropout of ${kind}`),
  };
  const initializers = {
    kernel: initializer(kernelInitializer, "kernelInitializer"),
    recurrent: initializer(recurrentInitializer, "recurrentInitializer"),
    bias: initializer(biasInitializer, "biasInitializer"),
  };
  const config = {
    ...options,
    stateful: flag(stateful, `stateful of ${kind}`),
    kernelInitializer: initializers.kernel.config,
    recurrentInitializer: initializers.recurrent.config,
    biasInitializer: initializers.bias.config,
  };
  return { options, stateful, initializers, config };
}

/** The rows of every batch, which a layer must know that keeps states for each. */
function batchSizeFor({ name, batchSize }: BuildContext): number {
  if (batchSize !== undefined) return batchSize;
  throw new GruvyError(
    "model/batch",
    `Layer "${name}" is stateful and must know how many rows a batch has`,
    "Begin the model with input({ shape, batchSize }).",
  );
}

/** A layer around a cell. `bias` gives the bias's first values where they differ from the initializer's. */
export function recurrentLayer(
  kind: string,
  cell: ConstructorParameters<typeof RecurrentOp>[1],
  cellName: string,
  given: RecurrentLayerOptions,
  resolved: ResolvedRecurrent,
  bias?: (shape: readonly number[], random: Random) => Float32Array,
): Layer {
  const { options, stateful, initializers, config } = resolved;
  // Before the units are asked for: who writes "unts" has not forgotten them.
  refuseUnknown(given, [...Object.keys(config), "seed", "name"], kind);
  wholeNumber(options.units, `units of ${kind}`, { max: 65536, code: "model/option" });
  const build = ({ value, steps }: Symbolic, context: BuildContext, turned: boolean): Symbolic => {
    needSequence(value, context.name);
    const path = `${context.name}/${cellName}`;
    const keptRows = stateful ? batchSizeFor(context) : undefined;
    const op = new RecurrentOp(value, cell, { ...options, turned, path, seed: context.seed, keptRows });
    const [kernel, recurrent, biasWeight] = op.weights;
    context.initialize(kernel, initializers.kernel.values);
    context.initialize(recurrent, initializers.recurrent.values);
    if (biasWeight) context.initialize(biasWeight, bias ?? initializers.bias.values);
    return { value: op.output, steps: options.returnSequences ? steps : null };
  };
  const { units, returnSequences, goBackwards } = options;
  return {
    kind,
    name: given.name,
    config,
    seed: given.seed,
    build: (input, context) => build(input, context, false),
    recurrent: {
      units,
      returnSequences,
      goBackwards,
      opposite: () => {
        const turned = { goBackwards: !goBackwards };
        const other = { ...resolved, options: { ...options, ...turned }, config: { ...config, ...turned } };
        return recurrentLayer(kind, cell, cellName, { ...given, ...turned }, other, bias);
      },
      buildTurned: (input, context) => build(input, context, true),
    },
  };
}

import { wholeNumber } from "../../base/index.ts";
import {
  activationNamed,
  RecurrentOp,
  type RecurrentOptions,
  type RowActivation,
  type Value,
} from "../../engine/index.ts";
import { type Initializer, type InitializerLike, initializer } from "../initializers.ts";
import { flag, optionsOf, rate, refuseUnknown } from "../options.ts";
import { type CellWalk, layerOfSteps, type RecurrentCell } from "./cell.ts";
import { type BuildContext, innerContext, type JsonObject, type Layer, snake } from "./layer.ts";
import { type RecurrentRules, type WeightRules, weightRules } from "./weight-rules.ts";

/** Options that the recurrent layers share; names, meanings and defaults are Keras's. */
export interface RecurrentLayerOptions extends RecurrentRules {
  /** Size of the state and of the output. */
  readonly units: number;
  /** For the candidate and the output; `softmax` works over the units. Default `tanh`. */
  readonly activation?: RowActivation | "silu";
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
  /**
   * The states behind the last step come out behind the output: h, and of an LSTM h and c. For layers whose outputs go
   * to several others. Default false.
   */
  readonly returnState?: boolean;
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
  readonly recurrentActivation?: RowActivation | "silu";
}

export interface ResolvedRecurrent {
  readonly options: Omit<RecurrentOptions, "path" | "seed" | "initialState" | "keptRows" | "turned">;
  readonly stateful: boolean;
  readonly returnState: boolean;
  readonly own: WeightRules;
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
    returnState = false,
    dropout = 0,
    recurrentDropout = 0,
    kernelInitializer = "glorotUniform",
    recurrentInitializer = "orthogonal",
    biasInitializer = "zeros",
  } = optionsOf(given, kind);
  const flags = { useBias, returnSequences, goBackwards, stateful, returnState };
  for (const [name, value] of Object.entries(flags)) flag(value, `${name} of ${kind}`);
  for (const [name, value] of Object.entries({ dropout, recurrentDropout })) rate(value, `${name} of ${kind}`);
  const options = {
    units,
    activation: activationNamed(activation),
    recurrentActivation: activationNamed(recurrentActivation),
    useBias,
    returnSequences,
    goBackwards,
    dropout,
    recurrentDropout,
  };
  const initializers = {
    kernel: initializer(kernelInitializer, "kernelInitializer"),
    recurrent: initializer(recurrentInitializer, "recurrentInitializer"),
    bias: initializer(biasInitializer, "biasInitializer"),
  };
  const own = weightRules(given, kind, ["kernel", "recurrent", "bias"]);
  const config = {
    ...options,
    stateful,
    returnState,
    kernelInitializer: initializers.kernel.config,
    recurrentInitializer: initializers.recurrent.config,
    biasInitializer: initializers.bias.config,
    ...own.config,
  };
  return { options, stateful, returnState, initializers, own, config };
}

/** What the layer decides, of the options of a layer and its cell. */
const walkOptions = ["returnSequences", "returnState", "goBackwards", "stateful"] as const;
/** What `gruCell` and its like can be told. */
export type CellOptions<O> = Omit<O, (typeof walkOptions)[number]>;

type Bias = Initializer["values"];

/** A cell that is built in. `bias` gives the bias's first values where they differ from the initializer's. */
function builtInCell(
  kind: string,
  cell: ConstructorParameters<typeof RecurrentOp>[1],
  given: CellOptions<RecurrentLayerOptions>,
  { options, initializers, own, config }: ResolvedRecurrent,
  bias: Bias = initializers.bias.values,
): RecurrentCell {
  // Before the units are asked for: who writes "unts" has not forgotten them.
  refuseUnknown(given, [...Object.keys(config), ...own.names, "seed", "name"], kind);
  wholeNumber(options.units, `units of ${kind}`, { max: 65536, code: "model/option" });
  return {
    kind: kind.endsWith("Cell") ? kind : `${kind}Cell`,
    name: undefined,
    seed: given.seed,
    config,
    stateSizes: cell.cellState ? [options.units, options.units] : [options.units],
    build(value, context, walk) {
      const op = new RecurrentOp(value, cell, { ...options, ...walk, path: context.name, seed: context.seed });
      const [kernel, recurrent, biasWeight] = op.weights;
      context.initialize(kernel, initializers.kernel.values, own.rules.kernel);
      context.initialize(recurrent, initializers.recurrent.values, own.rules.recurrent);
      if (biasWeight) context.initialize(biasWeight, bias, own.rules.bias);
      return { output: op.output, states: op.finalStates };
    },
  };
}

/** A layer of one cell: `gru`, `lstm`, `simpleRnn`. */
export function recurrentLayer(
  kind: string,
  cell: ConstructorParameters<typeof RecurrentOp>[1],
  given: RecurrentLayerOptions,
  resolved: ResolvedRecurrent,
  bias?: Bias,
): Layer {
  const { options, stateful, returnState, config } = resolved;
  const { returnSequences, goBackwards } = options;
  const walk = { name: given.name, seed: given.seed, returnSequences, goBackwards, stateful, returnState };
  const one = builtInCell(kind, cell, given, resolved, bias);
  const steps = {
    units: options.units,
    stateSizes: one.stateSizes,
    learning: [config],
    build: (value: Value, context: BuildContext, way: CellWalk) =>
      one.build(value, innerContext(context, snake(one.kind), {}), way),
  };
  return layerOfSteps(kind, steps, walk, config);
}

/** A cell by itself: `gruCell`, `lstmCell`, `simpleRnnCell`. */
export function recurrentCell(
  kind: string,
  cell: ConstructorParameters<typeof RecurrentOp>[1],
  given: CellOptions<RecurrentLayerOptions>,
  resolved: ResolvedRecurrent,
  bias?: Bias,
): RecurrentCell {
  const config = Object.fromEntries(Object.entries(resolved.config).filter(([name]) => !isWalkOption(name)));
  return { ...builtInCell(kind, cell, given, { ...resolved, config }, bias), name: given.name };
}

const isWalkOption = (name: string): boolean => (walkOptions as readonly string[]).includes(name);

import { GruvyError, shown } from "../../base/index.ts";
import type { Value } from "../../engine/index.ts";
import { type BuildContext, type JsonObject, type Layer, layerOf, needSequence, type Symbolic } from "./layer.ts";

/** How a cell goes through a sequence. */
export interface CellWalk {
  readonly returnSequences: boolean;
  readonly goBackwards: boolean;
  /** Sequences come out in the order of the opposite direction. */
  readonly turned: boolean;
  readonly initialState: readonly Value[] | undefined;
  /** Rows of a batch, of which the states are kept for the next one. */
  readonly keptRows: number | undefined;
}

/** What one step of a recurrent layer computes; `rnn` makes a layer of it. */
export interface RecurrentCell {
  /** "gruCell", or the name of a cell of one's own. */
  readonly kind: string;
  readonly name: string | undefined;
  readonly seed?: number;
  /** The options with their defaults, as a saved model keeps them. */
  readonly config: JsonObject;
  /** Features of the states; the first is the output. */
  readonly stateSizes: readonly number[];
  build(
    value: Value,
    context: BuildContext,
    walk: CellWalk,
  ): { readonly output: Value; readonly states: readonly Value[] };
}

/** A cell as a saved model keeps it. */
export const describeCell = ({ kind, name, seed, config }: RecurrentCell): JsonObject => ({
  kind,
  ...(name === undefined ? {} : { name }),
  ...(seed === undefined ? {} : { seed }),
  config,
});

export function cellAt(value: unknown, where: string): RecurrentCell {
  if (typeof value === "object" && value !== null && "stateSizes" in value) return value as RecurrentCell;
  throw new GruvyError(
    "model/cell",
    `Expected a cell ${where}, found ${shown(value)}`,
    "Use gruCell, lstmCell, simpleRnnCell or a cell of your own.",
  );
}

/** What the layer around cells is told. */
export interface WalkOptions {
  readonly name?: string;
  readonly seed?: number;
  readonly returnSequences: boolean;
  readonly goBackwards: boolean;
  readonly stateful: boolean;
  readonly returnState: boolean;
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

/** What is done at each step of a layer: by a cell, or several one above the other. */
export interface Steps extends Pick<RecurrentCell, "stateSizes" | "build"> {
  /** Features of the output. */
  readonly units: number;
  /** The options of all cells, in which it is kept whether they learn. */
  readonly learning: readonly JsonObject[];
}

/** A layer that goes through a sequence with steps of one kind. */
export function layerOfSteps(kind: string, done: Steps, options: WalkOptions, config: JsonObject): Layer {
  const { name, seed, returnSequences, goBackwards, stateful, returnState } = options;
  const { units, stateSizes, learning } = done;
  const buildAll = (inputs: readonly Symbolic[], context: BuildContext, turned: boolean): readonly Symbolic[] => {
    const [input, ...given] = inputs;
    needSequence(input.value, context.name);
    const start =
      given.length > 0 ? context.graph!.beginWith(given, stateSizes, context, { ...options, turned }) : undefined;
    const keptRows = stateful ? batchSizeFor(context) : undefined;
    const initialState = start && given.map(({ value }) => value);
    const walk = { returnSequences, turned, goBackwards, keptRows, initialState };
    const { output, states } = done.build(input.value, context, walk);
    return [
      { value: start?.(output, input.value.mask) ?? output, steps: returnSequences ? input.steps : null },
      ...(returnState ? states.map((value): Symbolic => ({ value, steps: null })) : []),
    ];
  };
  return layerOf({
    kind,
    name,
    config,
    learning,
    seed,
    ...(returnState ? { outputs: 1 + stateSizes.length } : {}),
    build: (input, context) => oneOf(buildAll([input], context, false), context),
    buildAll: (inputs, context) => buildAll(inputs, context, false),
    recurrent: {
      units,
      stateSizes,
      returnSequences,
      returnState,
      goBackwards,
      opposite: () => {
        const turned = { goBackwards: !goBackwards };
        return layerOfSteps(kind, done, { ...options, ...turned }, { ...config, ...turned });
      },
      buildStates: buildAll,
    },
  });
}

/** The output of a layer that stands in a stack. */
export function oneOf(outputs: readonly Symbolic[], { name }: BuildContext): Symbolic {
  if (outputs.length === 1) return outputs[0];
  throw new GruvyError(
    "model/outputs",
    `Layer "${name}" gives ${outputs.length} outputs, and a stack of layers takes one`,
    "Leave out returnState and a mergeMode of null.",
  );
}

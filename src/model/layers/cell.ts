import { GruvyError, shown } from "../../base/index.ts";
import type { Value } from "../../engine/index.ts";
import {
  type BuildContext,
  checkedName,
  checkSeed,
  innerContext,
  type JsonObject,
  type Layer,
  layerOf,
  needSequence,
  type Symbolic,
  snake,
} from "./layer.ts";

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

/** Names of the cells of one layer, as Keras gives them: "gru_cell", "gru_cell_1". */
function cellNames(cells: readonly RecurrentCell[]): string[] {
  const taken = new Map<string, number>();
  return cells.map(({ name, kind }) => {
    const base = name === undefined ? snake(kind) : checkedName(name);
    const count = taken.get(base) ?? 0;
    taken.set(base, count + 1);
    return count === 0 ? base : `${base}_${count}`;
  });
}

/**
 * A layer of cells one above the other: the output of each is the input of the next. They go through the sequence one
 * after another, which gives the same as going through all of them at every step.
 */
export function layerOfCells(
  kind: string,
  cells: readonly RecurrentCell[],
  options: WalkOptions,
  config: JsonObject,
): Layer {
  const { name, seed, returnSequences, goBackwards, stateful, returnState } = options;
  const names = cellNames(cells);
  const sizes = cells.flatMap(({ stateSizes }) => stateSizes);
  const buildAll = (inputs: readonly Symbolic[], context: BuildContext, turned: boolean): readonly Symbolic[] => {
    const [input, ...given] = inputs;
    needSequence(input.value, context.name);
    const start =
      given.length > 0 ? context.graph!.beginWith(given, sizes, context, { ...options, turned }) : undefined;
    const keptRows = stateful ? batchSizeFor(context) : undefined;
    const first = given.map(({ value }) => value);
    const last: Value[] = [];
    let { value } = input;
    cells.forEach((cell, place) => {
      checkSeed(cell, names[place]);
      const inner = cells.length > 1 ? `stacked_rnn_cells/${names[place]}` : names[place];
      // Between cells the steps stay in the order of time.
      const ends = place === cells.length - 1;
      const walk = ends ? { returnSequences, turned } : { returnSequences: true, turned: goBackwards };
      const initialState = given.length > 0 ? first.splice(0, cell.stateSizes.length) : undefined;
      const own = innerContext(context, inner, kind === "rnn" ? cell : {}, place);
      const made = cell.build(value, own, { ...walk, goBackwards, keptRows, initialState });
      value = made.output;
      last.push(...made.states);
    });
    const states = returnState ? last.map((state): Symbolic => ({ value: state, steps: null })) : [];
    return [
      { value: start?.(value, input.value.mask) ?? value, steps: returnSequences ? input.steps : null },
      ...states,
    ];
  };
  return layerOf({
    kind,
    name,
    config,
    learning: cells.map((cell) => cell.config),
    seed,
    ...(returnState ? { outputs: 1 + sizes.length } : {}),
    build: (input, context) => oneOf(buildAll([input], context, false), context),
    buildAll: (inputs, context) => buildAll(inputs, context, false),
    recurrent: {
      units: cells[cells.length - 1].stateSizes[0],
      stateSizes: sizes,
      returnSequences,
      returnState,
      goBackwards,
      opposite: () => {
        const turned = { goBackwards: !goBackwards };
        return layerOfCells(kind, cells, { ...options, ...turned }, { ...config, ...turned });
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

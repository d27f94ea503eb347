import { GruvyError, shown } from "../../base/index.ts";
import { FormulaRecurrentOp, Term } from "../../engine/index.ts";
import { define, functionOf, makeWeights, plainOptions, resultTerm, type WeightSpec } from "../custom.ts";
import { flag, optionsOf, rate } from "../options.ts";
import type { RecurrentCell } from "./cell.ts";

/** What a cell of one's own is. */
export interface CellDefinition<W extends Readonly<Record<string, WeightSpec>>> {
  /** Features of its states; the first is the output. A number stands for one state. */
  readonly states: number | readonly number[];
  /** Its weights by name, for an input of so many features. */
  readonly weights: (features: number) => W;
  /** The states behind a step, from the input and the states before: a term, or a list of as many as there are. */
  readonly step: (
    x: Term,
    states: readonly Term[],
    weights: { readonly [K in keyof W]: Term },
  ) => Term | readonly Term[];
}

/** What every cell of one's own can be told besides its own options. */
export interface CustomCellOptions {
  /** Share of the inputs set to zero while training, the same ones at every step. Default 0. */
  readonly dropout?: number;
  /** Share of the states set to zero where they are multiplied with matrices, the same at every step. Default 0. */
  readonly recurrentDropout?: number;
  /** Whether training changes the cell's weights. Default true. */
  readonly trainable?: boolean;
  readonly seed?: number;
  readonly name?: string;
}

/**
 * A recurrent cell of your own, for `rnn`: its states, its weights, and what a step makes of them, written with `ops`.
 * Returns a function from options to cells. The step is differentiated by itself and compiled like the cells that are
 * built in: products of the input are taken for many steps at once, all else in loops over the rows of a step; masks,
 * dropout, `stateful` and both directions work.
 *
 * `name` is what a saved model finds the cell by: define it before the model is loaded. Throws `model/formula` where
 * features do not fit, `model/name` for a name that is taken.
 *
 * @example
 * const { add, matmul, multiply, sigmoid, subtract, tanh } = ops;
 * const minimalGatedUnit = customCell("minimalGatedUnit", ({ units }: { units: number }) => ({
 *   states: units,
 *   weights: (features) => ({
 *     wf: { shape: [features, units] },
 *     uf: { shape: [units, units], initializer: "orthogonal" },
 *     bf: { shape: [units], initializer: "ones" },
 *     wc: { shape: [features, units] },
 *     uc: { shape: [units, units], initializer: "orthogonal" },
 *     bc: { shape: [units] },
 *   }),
 *   step: (x, [h], { wf, uf, bf, wc, uc, bc }) => {
 *     const f = sigmoid(add(matmul(x, wf), matmul(h, uf), bf));
 *     const candidate = tanh(add(matmul(x, wc), matmul(multiply(f, h), uc), bc));
 *     return add(multiply(subtract(1, f), h), multiply(f, candidate));
 *   },
 * }));
 * const model = sequential([input({ shape: [12, 1] }), rnn(minimalGatedUnit({ units: 16 })), dense({ units: 1 })]);
 * model.countParams(); // 593
 */
export function customCell<O extends object, W extends Readonly<Record<string, WeightSpec>>>(
  name: string,
  definition: (options: O) => CellDefinition<W>,
): (options: O & CustomCellOptions) => RecurrentCell {
  return define("cell", name, formulaCell(name, functionOf(definition, `for the definition of ${shown(name)}`)));
}

/** What `customCell` makes, without a name of its own for saved models. */
export function formulaCell<O extends object, W extends Readonly<Record<string, WeightSpec>>>(
  name: string,
  definition: (options: O) => CellDefinition<W>,
): (options: O & CustomCellOptions) => RecurrentCell {
  return (options) => {
    const { dropout = 0, recurrentDropout = 0, trainable = true, seed, name: own, ...rest } = optionsOf(options, name);
    const cell = optionsOf(definition(rest as unknown as O), `the definition of ${name}`);
    const sizes = stateSizes(cell.states, name);
    functionOf(cell.weights, `for weights of ${name}`);
    functionOf(cell.step, `for step of ${name}`);
    const walk = {
      dropout: rate(dropout, `dropout of ${name}`),
      recurrentDropout: rate(recurrentDropout, `recurrentDropout of ${name}`),
    };
    return {
      kind: name,
      name: own,
      seed,
      config: {
        ...plainOptions(rest, name),
        ...walk,
        ...(flag(trainable, `trainable of ${name}`) ? {} : { trainable }),
      },
      stateSizes: sizes,
      build(value, context, how) {
        const { weights, terms } = makeWeights(cell.weights(value.features), context, name);
        const states = sizes.map((features, index) => new Term({ kind: "state", index }, features));
        const x = new Term({ kind: "input", index: 0 }, value.features);
        const found = cell.step(x, states, terms as { readonly [K in keyof W]: Term });
        const next: readonly unknown[] = Array.isArray(found) ? found : [found];
        if (next.length !== sizes.length) {
          throw new GruvyError(
            "model/formula",
            `Expected step of ${name} to return ${sizes.length} states, found ${next.length}`,
          );
        }
        const results = next.map((term, i) => resultTerm(term, `step of ${name}, state ${i}`, sizes[i]));
        const named = sizes.map((features, i) => ({ name: `state${i}`, features }));
        const op = new FormulaRecurrentOp(
          value,
          { name, states: named, weights, results },
          { ...walk, ...how, path: context.name, seed: context.seed },
        );
        return { output: op.output, states: op.finalStates };
      },
    };
  };
}

function stateSizes(states: unknown, name: string): readonly number[] {
  const sizes: readonly unknown[] = Array.isArray(states) ? states : [states];
  if (sizes.length > 0 && sizes.every((size) => Number.isSafeInteger(size) && (size as number) >= 1)) {
    return sizes as readonly number[];
  }
  throw new GruvyError(
    "model/formula",
    `Expected states of ${name} to be a number of features or a list of such, found ${shown(states)}`,
  );
}

import { GruvyError, shown } from "../../base/index.ts";
import { ConcatenateOp, KeepUnmaskedOp, MergeOp, type Value } from "../../engine/index.ts";
import { optionsOf, refuseUnknown } from "../options.ts";
import { type BuildContext, type Layer, layerOf, mayAlign, refuseTokens, type Symbolic } from "./layer.ts";

/** What layers that merge their inputs can be told. */
export interface MergeOptions {
  readonly name?: string;
}

const shapeText = ({ value, steps }: Symbolic): string =>
  value.kind === "vector" ? `[rows, ${value.features}]` : `[rows, ${steps ?? "steps"}, ${value.features}]`;

/** Checks that inputs go together step by step, and gives how many steps they have. */
function together(inputs: readonly Symbolic[], context: BuildContext, sameFeatures: boolean): number | null {
  for (const { value } of inputs) refuseTokens(value, context.name);
  const [first] = inputs;
  const shapes = inputs.map(shapeText).join(" and ");
  for (const input of inputs) {
    if (input.value.kind !== first.value.kind) {
      throw new GruvyError(
        "model/shape",
        `Layer "${context.name}" merges rows with rows or sequences with sequences, found ${shapes}`,
        "A recurrent layer without returnSequences, or a pooling, makes rows of sequences.",
      );
    }
    if (sameFeatures && input.value.features !== first.value.features) {
      throw new GruvyError(
        "model/shape",
        `Layer "${context.name}" merges inputs of one shape, found ${shapes}`,
        "concatenate() takes any numbers of features.",
      );
    }
  }
  const known = inputs.find(({ steps }) => steps !== null)?.steps ?? null;
  for (const input of inputs) {
    if (mayAlign(first, input, context)) continue;
    throw new GruvyError(
      "model/shape",
      `Layer "${context.name}" merges sequences step by step, and these may differ in their number of steps: ${shapes}`,
      "Merge what comes of them once it has no steps any more.",
    );
  }
  return known;
}

function merging(
  kind: string,
  options: MergeOptions,
  merge: (values: readonly Value[]) => Value,
  { count, config = {} }: { readonly count?: number; readonly config?: { readonly axis?: number } } = {},
): Layer {
  refuseUnknown(optionsOf(options, kind), ["name", ...Object.keys(config)], kind);
  return layerOf({
    kind,
    name: options.name,
    config,
    perStep: true,
    buildAll(inputs, context) {
      if (count !== undefined && inputs.length !== count) {
        throw new GruvyError(
          "model/inputs",
          `Layer "${context.name}" takes ${count} inputs in a list, found ${inputs.length}`,
        );
      }
      const steps = together(inputs, context, kind !== "concatenate");
      return [{ value: inputs.length === 1 ? inputs[0].value : merge(inputs.map(({ value }) => value)), steps }];
    },
  });
}

/**
 * Inputs laid side by side: [rows, a] and [rows, b] become [rows, a + b], sequences of equally many steps likewise.
 * `axis` (default -1, the features) is the last one. A step counts if it counts in any of the inputs.
 *
 * @throws {GruvyError} `model/shape` for rows beside sequences, or sequences that differ in their steps.
 *
 * @example
 * const [a, b] = [input({ shape: [3] }), input({ shape: [2] })];
 * const net = model({ inputs: [a, b], outputs: concatenate().apply([a, b]) });
 * (await net.predict([[[1, 2, 3]], [[4, 5]]])).toArray(); // [[1, 2, 3, 4, 5]]
 */
export function concatenate(options: MergeOptions & { readonly axis?: number } = {}): Layer {
  const { axis = -1 } = optionsOf(options, "concatenate");
  if (axis !== -1) {
    throw new GruvyError(
      "model/option",
      `Expected axis of concatenate to be -1, the features, found ${shown(axis)}`,
      "Inputs are not laid behind each other in time.",
    );
  }
  return merging("concatenate", options, (values) => new ConcatenateOp(values).output, { config: { axis } });
}

/**
 * The sum of inputs of one shape, element by element. A step counts if it counts in any of the inputs; where one of
 * them has no mask, all do.
 *
 * @throws {GruvyError} `model/shape` for inputs of different shapes.
 *
 * @example
 * const x = input({ shape: [2] });
 * const net = model({ inputs: x, outputs: add().apply([x, x, x]) });
 * (await net.predict([[1, 2]])).toArray(); // [[3, 6]]
 */
export const add = (options: MergeOptions = {}): Layer =>
  merging("add", options, (values) => new MergeOp(values, "add").output);

/**
 * The first of two inputs of one shape minus the second. Masks and errors as with `add`; throws `model/inputs` for more or
 * fewer inputs than two.
 *
 * @example
 * const [a, b] = [input({ shape: [2] }), input({ shape: [2] })];
 * const net = model({ inputs: [a, b], outputs: subtract().apply([a, b]) });
 * (await net.predict([[[5, 7]], [[1, 2]]])).toArray(); // [[4, 5]]
 */
export const subtract = (options: MergeOptions = {}): Layer =>
  merging("subtract", options, (values) => new MergeOp(values, "subtract").output, { count: 2 });

/**
 * The mean of inputs of one shape, element by element. Masks and errors as with `add`.
 *
 * @example
 * const [a, b] = [input({ shape: [2] }), input({ shape: [2] })];
 * const net = model({ inputs: [a, b], outputs: average().apply([a, b]) });
 * (await net.predict([[[5, 7]], [[1, 2]]])).toArray(); // [[3, 4.5]]
 */
export const average = (options: MergeOptions = {}): Layer =>
  merging("average", options, (values) => new MergeOp(values, "average").output);

/**
 * The product of inputs of one shape, element by element. A step that does not count in an input is a factor of 1; one
 * that counts in none of them gives 0. Errors as with `add`.
 *
 * @example
 * const [a, b] = [input({ shape: [2] }), input({ shape: [2] })];
 * const net = model({ inputs: [a, b], outputs: multiply().apply([a, b]) });
 * (await net.predict([[[5, 7]], [[1, 2]]])).toArray(); // [[5, 14]]
 */
export const multiply = (options: MergeOptions = {}): Layer => merging("multiply", options, product);

function product(values: readonly Value[]): Value {
  const differ = values.some(({ mask }) => mask !== values[0].mask);
  const factors = values.map((value) =>
    differ && value.mask ? new KeepUnmaskedOp(value, value.mask, { other: 1 }).output : value,
  );
  const { output } = new MergeOp(factors, "multiply");
  return output.mask ? new KeepUnmaskedOp(output, output.mask).output : output;
}

import fc from "fast-check";
import type { Input, Layer, RecurrentLayer, Stack } from "../../src/engine/graph/stack.twin.ts";
import { isSequence, isTokens, regroups, shapeBehind } from "../../src/engine/graph/stack.twin.ts";
import type { LossKernel } from "../../src/engine/index.ts";
import { source } from "./numbers.ts";

/** A stack with the data of one training step. */
export interface StackCase {
  readonly stack: Stack;
  readonly rows: number;
  readonly batchSize: number;
  readonly loss: LossKernel;
  readonly seed: number;
  readonly iteration: number;
  readonly exact: boolean;
  readonly wide: boolean;
}

/** Widths around the panels of eight and the tiles of 28 columns. */
const widths = fc.constantFrom(1, 2, 3, 5, 7, 8, 9, 15, 17, 24, 33);
/** Lengths around the chunk of eight steps, and, where rows are few, around the longer chunks they get. */
const lengths = (rows: number) =>
  fc.constantFrom(1, 2, 3, 7, 8, 9, 15, 16, 17, 25, ...(rows <= 5 ? [33, 64, 65, 70] : []));
/** Rows around tiles of four and slices of sixteen. */
export const rowCounts = fc.constantFrom(1, 2, 3, 4, 5, 7, 15, 16, 17, 31, 33);
const rates = fc.constantFrom(0, 0, 0.2, 0.5);
export const seeds = fc.integer({ min: 0, max: 2 ** 40 });

/** On long ways only functions that are bounded: others grow beyond what float32 can follow. */
export const recurrent = (returnSequences: boolean, long: boolean): fc.Arbitrary<RecurrentLayer> =>
  fc.record({
    layer: fc.constantFrom("gruAfter", "gruAfter", "gruBefore", "lstm", "simpleRnn"),
    units: widths,
    activation: long
      ? fc.constantFrom("tanh", "tanh", "sigmoid", "softmax")
      : fc.constantFrom("tanh", "tanh", "sigmoid", "relu", "elu", "linear", "gelu", "swish", "softmax"),
    // Gates outside [0, 1] make a network so unstable that float32 itself is far from float64.
    recurrentActivation: fc.constantFrom("sigmoid", "sigmoid", "hardSigmoid", "softmax"),
    useBias: fc.constantFrom(true, true, false),
    returnSequences: fc.constant(returnSequences),
    goBackwards: fc.boolean(),
    dropout: rates,
    recurrentDropout: rates,
    seed: seeds,
  });

export const between: fc.Arbitrary<Layer> = fc.oneof(
  fc.record({ layer: fc.constant("dropout"), rate: fc.constantFrom(0.1, 0.4), seed: seeds }),
  fc.record({
    layer: fc.constant("activation"),
    function: fc.constantFrom("tanh", "elu", "sigmoid", "selu", "swish", "gelu"),
  }),
  fc.record({ layer: fc.constant("affine"), units: widths, useBias: fc.boolean() }),
  fc.record({
    layer: fc.constant("layerNorm"),
    epsilon: fc.constantFrom(0.1, 0.01),
    scale: fc.boolean(),
    center: fc.boolean(),
  }),
  fc.record({
    layer: fc.constant("batchNorm"),
    momentum: fc.constantFrom(0.5, 0.9),
    epsilon: fc.constantFrom(0.1, 0.01),
    scale: fc.boolean(),
    center: fc.boolean(),
  }),
  fc.record({
    layer: fc.constant("formulaRows"),
    number: fc.integer({ min: 0, max: 1_000_000 }),
    units: widths,
  }),
  // Powers of unbounded numbers are more than float32 can follow.
  fc.record({
    layer: fc.constant("branches"),
    count: fc.constantFrom(1, 2, 3),
    merge: fc.constantFrom("concatenate", "add", "average"),
  }),
  fc.constant<Layer>({ layer: "branches", count: 1, merge: "multiply" }),
);

const inputs: fc.Arbitrary<Input> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("sequence"), features: widths }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("tokens"),
      words: fc.constantFrom(2, 3, 11, 40),
      features: widths,
      maskZero: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("vector"), features: widths }) },
);

/** Two layers of one kind and size: what the first ends with, the second starts from. */
const handedOn = (returnSequences: boolean, long: boolean): fc.Arbitrary<Layer> =>
  fc.tuple(fc.boolean(), recurrent(returnSequences, long), seeds).chain(([added, second, seed]) =>
    recurrent(added ? returnSequences : seed % 2 === 0, long).map(
      (first): Layer => ({
        layer: "handedOn",
        first: { ...first, layer: second.layer, units: second.units },
        second,
        added,
      }),
    ),
  );

/** A layer whose cell is a formula, known or random. */
const formula = (returnSequences: boolean, long: boolean): fc.Arbitrary<Layer> =>
  fc.record({
    layer: fc.constant("formula"),
    cell: fc.oneof(
      fc.constantFrom("minimalGatedUnit", "gru", "plain", "peephole", "projected", "normalized"),
      ...(long ? [] : [fc.integer({ min: 0, max: 1_000_000 })]),
    ),
    units: widths,
    returnSequences: fc.constant(returnSequences),
    goBackwards: fc.boolean(),
    dropout: rates,
    recurrentDropout: rates,
    seed: fc.integer({ min: 0, max: 2 ** 30 }),
  });

/** A recurrent layer, now and then in both directions, or behind another that hands its states on. */
const oneOrBothWays = (returnSequences: boolean, long: boolean): fc.Arbitrary<Layer> =>
  fc.oneof(
    { weight: 3, arbitrary: recurrent(returnSequences, long) },
    { weight: 1, arbitrary: handedOn(returnSequences, long) },
    { weight: 1, arbitrary: formula(returnSequences, long) },
    {
      weight: 1,
      arbitrary: fc.record({
        layer: fc.constant("bidirectional"),
        around: recurrent(returnSequences, long),
        merge: fc.constantFrom("concatenate", "add", "multiply", "average"),
      }),
    },
  );

/** Losses with the layers they stand behind. */
export const heads: fc.Arbitrary<{ loss: LossKernel; layers: Layer[] }> = fc.oneof(
  fc
    .constantFrom<LossKernel>({ kind: "meanSquaredError" }, { kind: "huber", delta: 0.7 })
    .chain((loss) =>
      fc
        .record({ units: widths, useBias: fc.boolean() })
        .map((of) => ({ loss, layers: [{ layer: "affine", ...of } as Layer] })),
    ),
  fc.record({ units: fc.constantFrom(1, 3), fromLogits: fc.boolean() }).map(({ units, fromLogits }) => ({
    loss: { kind: "binaryCrossentropy", fromLogits } as LossKernel,
    layers: [
      { layer: "affine", units, useBias: true } as Layer,
      ...(fromLogits ? [] : [{ layer: "activation", function: "sigmoid" } as Layer]),
    ],
  })),
  fc
    .record({
      units: fc.constantFrom(2, 3, 5, 8, 13),
      kind: fc.constantFrom("sparseCategoricalCrossentropy" as const, "categoricalCrossentropy" as const),
      fromLogits: fc.boolean(),
    })
    .map(({ units, kind, fromLogits }) => ({
      loss: { kind, fromLogits } as LossKernel,
      layers: [
        { layer: "affine", units, useBias: true } as Layer,
        ...(fromLogits ? [] : [{ layer: "activation", function: "softmax" } as Layer]),
      ],
    })),
);

const windows = fc.oneof(
  fc.record({ strides: fc.constantFrom(1, 2, 3), dilation: fc.constant(1) }),
  fc.record({ strides: fc.constant(1), dilation: fc.constantFrom(2, 3) }),
);

/** What changes the number of steps; left out again by `fitting` where there are too few. */
const otherSteps: fc.Arbitrary<Layer> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({
        how: windows,
        size: fc.constantFrom(1, 2, 3, 5),
        padding: fc.constantFrom("valid", "same", "causal"),
        filters: widths,
        useBias: fc.boolean(),
      })
      .map(({ how, ...of }): Layer => ({ layer: "convolution", ...how, ...of })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      layer: fc.constant("poolWindows"),
      kind: fc.constantFrom("max", "mean"),
      size: fc.constantFrom(1, 2, 3),
      strides: fc.constantFrom(1, 2, 3),
      padding: fc.constantFrom("valid", "same"),
    }),
  },
  fc.record({ layer: fc.constant("repeat"), count: fc.constantFrom(1, 3) }),
  fc.record({ layer: fc.constant("regroup"), way: fc.constantFrom("split", "join") }),
);

const attention: fc.Arbitrary<Layer> = fc.record({
  layer: fc.constant("attention"),
  itself: fc.boolean(),
  score: fc.constantFrom("dot", "concat", "additive"),
  useScale: fc.boolean(),
  causal: fc.boolean(),
});

/** The layers without those for which a sequence is too short, or its numbers cannot be dealt. */
function fitting(input: Input, steps: number, layers: readonly Layer[]): Layer[] {
  const kept: Layer[] = [];
  for (const layer of layers) {
    const { steps: count = 1, features } = shapeBehind({ input, steps, layers: kept });
    const span =
      layer.layer === "convolution"
        ? (layer.size - 1) * layer.dilation + 1
        : layer.layer === "poolWindows"
          ? layer.size
          : 0;
    if ("padding" in layer && layer.padding === "valid" && count < span) continue;
    if (layer.layer === "regroup" && !regroups(features, count, layer.way)) continue;
    if (layer.layer === "repeat" && count * features > 100) continue;
    kept.push(layer);
  }
  return kept;
}

const layersFor = (input: Input, long: boolean): fc.Arbitrary<Layer[]> => {
  const some = fc.array(between, { maxLength: 1 });
  if (!isSequence(input)) return fc.array(between, { maxLength: 3 });
  const changed = fc.oneof(
    { weight: 3, arbitrary: fc.constant<Layer[]>([]) },
    otherSteps.map((layer) => [layer]),
    attention.map((layer) => [layer]),
  );
  const sequences = fc
    .array(fc.tuple(changed, oneOrBothWays(true, long), some), { maxLength: 2 })
    .map((list) => list.flat(2));
  const end = fc.oneof(
    { weight: 4, arbitrary: oneOrBothWays(false, long).map((layer): Layer[] => [layer]) },
    { weight: 1, arbitrary: fc.constant<Layer[]>([{ layer: "flatten" }]) },
    { weight: 1, arbitrary: fc.constant<Layer[]>([]) },
  );
  return fc.tuple(some, changed, sequences, changed, end).map((parts) => parts.flat());
};

/** Random stacks: inputs, one to three recurrent layers with what may stand between them, and a loss. */
export const stackCases: fc.Arbitrary<StackCase> = fc
  .record({
    input: inputs,
    head: heads,
    rows: rowCounts,
    spare: fc.constantFrom(0, 0, 1, 13),
    seed: seeds,
  })
  .chain((of) => lengths(of.rows).map((steps) => ({ ...of, steps })))
  .chain(({ input, head, steps, rows, spare, seed }) =>
    fc
      .record({
        layers: layersFor(input, steps > 25),
        iteration: fc.constantFrom(0, 1, 77, 2 ** 31),
        exact: fc.boolean(),
        wide: fc.boolean(),
      })
      .map(({ layers, ...how }) => ({
        stack: {
          input,
          steps: isSequence(input) ? steps : 1,
          layers: [...(isSequence(input) ? fitting(input, steps, layers) : layers), ...head.layers],
        },
        rows,
        batchSize: rows + spare,
        loss: head.loss,
        seed,
        ...how,
      })),
  );

/** Inputs and targets for a case: tokens with zeros in front, behind and between; targets that suit the loss. */
export function dataOf({ stack, rows, loss, seed }: Pick<StackCase, "stack" | "rows" | "loss" | "seed">): {
  x: number[];
  y: number[];
} {
  const { input, steps, layers } = stack;
  const draw = drawing(seed);
  const x = drawnInput(draw, input, rows, steps);
  const last = layers.findLast((layer) => layer.layer === "affine") as { units: number };
  return { x, y: drawnTargets(draw, loss, last.units, rows * (shapeBehind(stack).steps ?? 1)) };
}

/** Numbers in [0, 1), one after the other. */
export function drawing(seed: number): () => number {
  const numbers = source(seed % 1_000_003);
  let at = 0;
  return () => numbers.uniform(at++);
}

export function drawnInput(draw: () => number, input: Input, rows: number, steps: number): number[] {
  const x: number[] = [];
  for (let row = 0; row < rows; row++) {
    const [front, back, holes] = [Math.floor(draw() * 1.3 * steps), Math.floor(draw() * 1.3 * steps), draw() < 0.3];
    for (let t = 0; t < steps; t++) {
      if (isTokens(input)) {
        const pad = row % 4 === 1 ? t < front : row % 4 === 2 ? t >= back : row % 4 === 3 && holes && draw() < 0.4;
        x.push(pad ? 0 : Math.floor(draw() * input.words));
      } else for (let j = 0; j < input.features; j++) x.push(Math.fround(2 * draw() - 1));
    }
  }
  return x;
}

export function drawnTargets(draw: () => number, loss: LossKernel, units: number, places: number): number[] {
  const y: number[] = [];
  for (let place = 0; place < places; place++) {
    const chosen = Math.floor(draw() * units);
    if (loss.kind === "sparseCategoricalCrossentropy") y.push(chosen);
    else {
      for (let j = 0; j < units; j++) {
        if (loss.kind === "categoricalCrossentropy") y.push(j === chosen ? 1 : 0);
        else if (loss.kind === "binaryCrossentropy") y.push(draw() < 0.5 ? 1 : 0);
        else y.push(Math.fround(4 * draw() - 2));
      }
    }
  }
  return y;
}

import fc from "fast-check";
import type { Net, NetBatch, NetNode } from "../../src/engine/graph/net.twin.ts";
import { type Input, isSequence, isTokens, type Layer, shapeBehind } from "../../src/engine/graph/stack.twin.ts";
import type { LossKernel } from "../../src/engine/index.ts";
import { between, drawing, drawnInput, drawnTargets, heads, recurrent, rowCounts, seeds } from "./stacks.ts";

/** A net with the data of one training step. */
export interface NetCase {
  readonly net: Net;
  readonly rows: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly iteration: number;
  readonly exact: boolean;
  readonly wide: boolean;
}

/** Few, so that often two are as wide, and can be added, or read by one layer. */
const widths = fc.constantFrom(3, 8, 17);
const lengths = fc.constantFrom(1, 2, 3, 7, 8, 9, 16, 17);
/** Places among what is there, whatever that turns out to be. */
const place = fc.nat(1000);

const inputs: fc.Arbitrary<{ input: Input; axis: number }> = fc.record({
  input: fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("sequence" as const), features: widths }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("tokens" as const),
        words: fc.constantFrom(3, 11, 40),
        features: widths,
        maskZero: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("vector" as const), features: widths }) },
  ),
  axis: fc.constantFrom(0, 0, 1),
});

/** Bounded functions alone: nets are deep, and others grow beyond what float32 can follow. */
const layers: fc.Arbitrary<Layer> = fc.oneof(
  fc
    .boolean()
    .chain((returnSequences) => fc.tuple(recurrent(returnSequences, true), widths))
    .map(([layer, units]) => ({ ...layer, units })),
  fc
    .tuple(recurrent(true, true), fc.constantFrom("concatenate", "add", "average"))
    .map(
      ([around, merge]): Layer => ({ layer: "bidirectional", around: { ...around, units: 4 }, merge: merge as "add" }),
    ),
  fc.record({ layer: fc.constant("affine"), units: widths, useBias: fc.boolean() }),
  between,
);

type Choice = { readonly places: readonly [number, number, number] } & (
  | { readonly choice: "layer"; readonly layer: Layer }
  | { readonly choice: "again" }
  | { readonly choice: "merge"; readonly merge: "concatenate" | "add" | "multiply" | "average" }
  | {
      readonly choice: "attention";
      readonly score: "dot" | "concat" | "additive";
      readonly useScale: boolean;
      readonly causal: boolean;
    }
);

const places = fc.tuple(place, place, place);
const choices: fc.Arbitrary<Choice> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ choice: fc.constant("layer" as const), places, layer: layers }) },
  { weight: 2, arbitrary: fc.record({ choice: fc.constant("again" as const), places }) },
  {
    weight: 2,
    arbitrary: fc.record({
      choice: fc.constant("merge" as const),
      places,
      merge: fc.constantFrom("concatenate" as const, "add" as const, "multiply" as const, "average" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      choice: fc.constant("attention" as const),
      places,
      score: fc.constantFrom("dot" as const, "concat" as const, "additive" as const),
      useScale: fc.boolean(),
      causal: fc.boolean(),
    }),
  },
);

/** What a node gives: the time axis of sequences, whose steps count (by a number of their own), and how wide it is. */
interface Shape {
  readonly axis: number | undefined;
  readonly mask: number | undefined;
  readonly features: number;
}

const isRecurrent = (layer: Layer): boolean => layer.layer === "bidirectional" || "returnSequences" in layer;

class Builder {
  readonly nodes: NetNode[] = [];
  readonly shapes: Shape[];
  readonly read = new Set<number>();
  private readonly inputs: Net["inputs"];
  private masks = 0;

  constructor(inputs: Net["inputs"]) {
    this.inputs = inputs;
    this.shapes = inputs.map(({ input, axis }) => ({
      axis: isSequence(input) ? axis : undefined,
      mask: isTokens(input) && input.maskZero ? this.masks++ : undefined,
      features: input.features,
    }));
  }

  private push(node: NetNode, shape: Shape, of: readonly number[]): void {
    this.nodes.push(node);
    this.shapes.push(shape);
    for (const one of of) this.read.add(one);
  }

  layer(layer: Layer, of: number, as?: number): void {
    const { axis, mask, features } = this.shapes[of];
    const kind = axis === undefined ? "vector" : "sequence";
    const shape = shapeBehind({ input: { kind, features }, steps: 1, layers: [layer] });
    const sequence = axis !== undefined && shape.steps !== undefined;
    // A layer that goes backwards may begin elsewhere than its input.
    const turned =
      mask !== undefined && (layer.layer === "bidirectional" || ("goBackwards" in layer && layer.goBackwards));
    const own = turned ? this.masks++ : mask;
    const node = { node: "layer", of, layer, ...(as === undefined ? {} : { as }) } as const;
    this.push(node, { axis: sequence ? axis : undefined, mask: sequence ? own : undefined, features: shape.features }, [
      of,
    ]);
  }

  take(choice: Choice): void {
    const { shapes, nodes, inputs } = this;
    const pick = <T>(list: readonly T[], place: number): T | undefined => list[place % list.length];
    const all = shapes.map((_, i) => i);
    const [first, second, third] = choice.places;
    if (choice.choice === "layer") {
      const { layer } = choice;
      this.layer(layer, pick(isRecurrent(layer) ? all.filter((i) => shapes[i].axis !== undefined) : all, first) ?? -1);
    } else if (choice.choice === "again") {
      const pairs = nodes.flatMap((node, i) => {
        if (node.node !== "layer" || node.as !== undefined || node.layer.layer === "batchNorm") return [];
        const alike = all.filter((of) => of !== node.of && shapes[of].features === shapes[node.of].features);
        const fit = alike.filter((of) => shapes[of].axis !== undefined || !isRecurrent(node.layer));
        return fit.map((of) => ({ layer: node.layer, of, as: i + inputs.length }));
      });
      const recurrentPairs = pairs.filter(({ layer }) => isRecurrent(layer));
      const pair = pick(second % 2 === 0 && recurrentPairs.length > 0 ? recurrentPairs : pairs, first);
      if (pair) this.layer(pair.layer, pair.of, pair.as);
    } else if (choice.choice === "merge") {
      const a = first % all.length;
      const alike = all.filter(
        (i) =>
          i !== a &&
          shapes[i].axis === shapes[a].axis &&
          shapes[i].mask === shapes[a].mask &&
          (choice.merge === "concatenate" || shapes[i].features === shapes[a].features),
      );
      const of = [...new Set([a, pick(alike, second) ?? a, pick(alike, third) ?? a])];
      const features =
        choice.merge === "concatenate" ? of.reduce((sum, i) => sum + shapes[i].features, 0) : shapes[a].features;
      if (of.length > 1 && features < 60)
        this.push({ node: "merge", of, merge: choice.merge }, { ...shapes[a], features }, of);
    } else {
      const sequences = all.filter((i) => shapes[i].axis !== undefined);
      const [query, value] = [pick(sequences, first), pick(sequences, second)];
      if (query === undefined || value === undefined) return;
      const { choice: _, places, ...how } = choice;
      const node = { node: "attention", query, value, ...how } as const;
      this.push(node, { ...shapes[query], features: shapes[value].features }, [query, value]);
    }
  }
}

/** What nobody reads is an output, behind layers and with a loss of its own. */
const netOf = (of: {
  inputs: Net["inputs"];
  steps: number[];
  choices: Choice[];
  ends: { loss: LossKernel; layers: Layer[] }[];
}): Net => {
  const builder = new Builder(of.inputs);
  for (const choice of of.choices) builder.take(choice);
  const sinks = builder.shapes.flatMap((_, i) => (builder.read.has(i) ? [] : [i]));
  const outputs = sinks.map((sink, i) => {
    const { loss, layers } = of.ends[i % of.ends.length];
    layers.forEach((layer, depth) => {
      builder.layer(layer, depth === 0 ? sink : builder.shapes.length - 1);
    });
    return { of: builder.shapes.length - 1, loss };
  });
  return { inputs: of.inputs, steps: of.steps, nodes: builder.nodes, outputs };
};

/** Random nets: one to three inputs, layers that may be shared, merges, attention, and several outputs. */
export const netCases: fc.Arbitrary<NetCase> = fc
  .record({
    inputs: fc
      .array(inputs, { minLength: 1, maxLength: 3 })
      .filter((list) => list.some(({ input }) => isSequence(input))),
    steps: fc.tuple(lengths, lengths).map(([a, b]) => [a, b]),
    choices: fc.array(choices, { minLength: 2, maxLength: 6 }),
    ends: fc.array(heads, { minLength: 1, maxLength: 3 }),
    rows: rowCounts,
    spare: fc.constantFrom(0, 0, 1, 13),
    seed: seeds,
    iteration: fc.constantFrom(0, 1, 77, 2 ** 31),
    exact: fc.boolean(),
    wide: fc.boolean(),
  })
  .map(({ inputs, steps, choices, ends, spare, rows, ...how }) => ({
    net: netOf({ inputs, steps, choices, ends }),
    rows,
    batchSize: rows + spare,
    ...how,
  }));

/** Inputs and targets for a case. */
export function netData({ net, rows, seed }: Pick<NetCase, "net" | "rows" | "seed">): NetBatch {
  const draw = drawing(seed);
  const { inputs, steps, nodes } = net;
  const axisOf = (number: number): number | undefined => {
    if (number < inputs.length) return isSequence(inputs[number].input) ? inputs[number].axis : undefined;
    const node = nodes[number - inputs.length];
    if (node.node !== "layer") return axisOf(node.node === "merge" ? node.of[0] : node.query);
    return "returnSequences" in node.layer && !node.layer.returnSequences ? undefined : axisOf(node.of);
  };
  const unitsOf = (number: number): number => {
    const node = nodes[number - inputs.length] as Extract<NetNode, { node: "layer" }>;
    return node.layer.layer === "affine" ? node.layer.units : unitsOf(node.of);
  };
  return {
    rows,
    x: inputs.map(({ input, axis }) => drawnInput(draw, input, rows, isSequence(input) ? steps[axis] : 1)),
    y: net.outputs.map(({ of, loss }) => {
      const axis = axisOf(of);
      return drawnTargets(draw, loss, unitsOf(of), rows * (axis === undefined ? 1 : steps[axis]));
    }),
  };
}

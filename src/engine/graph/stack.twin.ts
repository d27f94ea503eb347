// A stack of layers as plain data, from which both a graph and its float64 interpretation are made.

import type { RowActivation } from "../kernels/index.ts";
import { testCell, testRows } from "./formula/cells.twin.ts";
import {
  ActivationOp,
  AffineOp,
  AttentionOp,
  type AttentionOptions,
  BatchNormOp,
  ConcatenateOp,
  ConvolutionOp,
  DropoutOp,
  EmbeddingOp,
  FormulaOp,
  FormulaRecurrentOp,
  gruResetAfter,
  gruResetBefore,
  InputOp,
  KeepUnmaskedOp,
  LayerNormOp,
  lstmCell,
  MergeOp,
  PoolWindowsOp,
  RecurrentOp,
  type RecurrentOptions,
  RegroupOp,
  RepeatOp,
  simpleRnnCell,
  TimeAxis,
  type Value,
  type Windows,
  windowsOver,
} from "./index.ts";

const cells = { gruAfter: gruResetAfter, gruBefore: gruResetBefore, lstm: lstmCell, simpleRnn: simpleRnnCell } as const;
export type CellName = keyof typeof cells;

export type Input =
  | { readonly kind: "vector" | "sequence"; readonly features: number }
  | {
      readonly kind: "tokens" | "token";
      readonly words: number;
      readonly features: number;
      readonly maskZero: boolean;
    };

export interface RecurrentLayer extends Omit<RecurrentOptions, "path" | "turned" | "initialState" | "keptRows"> {
  readonly layer: CellName;
}

export type MergeKind = "concatenate" | "add" | "multiply" | "average";

export type Layer =
  | { readonly layer: "affine"; readonly units: number; readonly useBias: boolean }
  | { readonly layer: "activation"; readonly function: RowActivation }
  | { readonly layer: "dropout"; readonly rate: number; readonly seed: number }
  | { readonly layer: "flatten" }
  | ({ readonly layer: "convolution"; readonly filters: number; readonly useBias: boolean } & Windows)
  | ({ readonly layer: "poolWindows"; readonly kind: "max" | "mean" } & Omit<Windows, "dilation">)
  /** As one row, and that row at so many steps. */
  | { readonly layer: "repeat"; readonly count: number }
  /** Twice as many steps of half the features, or the other way round. */
  | { readonly layer: "regroup"; readonly way: "split" | "join" }
  | { readonly layer: "layerNorm"; readonly epsilon: number; readonly scale: boolean; readonly center: boolean }
  | {
      readonly layer: "batchNorm";
      readonly momentum: number;
      readonly epsilon: number;
      readonly scale: boolean;
      readonly center: boolean;
    }
  /** To the input itself, or to the means of two steps each; the keys are an affine layer of what is attended to. */
  | ({
      readonly layer: "attention";
      readonly itself: boolean;
    } & Pick<AttentionOptions, "score" | "useScale" | "causal">)
  /** Both directions of a recurrent layer, the outputs in the order of the first. */
  | { readonly layer: "bidirectional"; readonly around: RecurrentLayer; readonly merge: MergeKind }
  | HandedOn
  /** A random formula of each row and step, by its number. */
  | { readonly layer: "formulaRows"; readonly number: number; readonly units: number }
  | FormulaLayer
  /** The input beside one, two or three affine layers of it, as wide as itself. */
  | { readonly layer: "branches"; readonly count: number; readonly merge: MergeKind }
  | RecurrentLayer;

/** A recurrent layer whose cell is a formula: one of the test's by its name, or a random one by its number. */
export interface FormulaLayer {
  readonly layer: "formula";
  readonly cell: string | number;
  readonly units: number;
  readonly returnSequences: boolean;
  readonly goBackwards: boolean;
  readonly dropout: number;
  readonly recurrentDropout: number;
  readonly seed: number;
  /** The sum of two such layers, which read the same input. */
  readonly twice?: boolean;
}

/** Two recurrent layers on the same input: the second starts from where the first ends; their outputs may be added. */
interface HandedOn {
  readonly layer: "handedOn";
  readonly first: RecurrentLayer;
  readonly second: RecurrentLayer;
  readonly added: boolean;
}

/** The layer in the other direction. */
export const otherWay = (layer: RecurrentLayer): RecurrentLayer => ({
  ...layer,
  goBackwards: !layer.goBackwards,
  seed: layer.seed + 1,
});

export interface Stack {
  readonly input: Input;
  readonly layers: readonly Layer[];
  /** Steps of the input; flatten needs them when the graph is made. */
  readonly steps: number;
}

export const isSequence = (input: Input): boolean => input.kind === "sequence" || input.kind === "tokens";
export const isTokens = (input: Input): input is Extract<Input, { words: number }> => "words" in input;

export const merged = (values: readonly Value[], kind: MergeKind): Value =>
  kind === "concatenate" ? new ConcatenateOp(values).output : new MergeOp(values, kind).output;

function bothWays(value: Value, around: RecurrentLayer, merge: MergeKind, path: string): Value {
  const cell = cells[around.layer];
  const there = new RecurrentOp(value, cell, { path: `${path}/forward`, ...around });
  const back = new RecurrentOp(value, cell, { path: `${path}/backward`, ...otherWay(around), turned: true });
  const both = merged([there.output, back.output], merge);
  return both.mask ? new KeepUnmaskedOp(both, both.mask, { turned: around.goBackwards }).output : both;
}

function handedOn(value: Value, { first, second, added }: HandedOn, path: string): Value {
  const cell = cells[first.layer];
  const one = new RecurrentOp(value, cell, { path: `${path}/first`, ...first });
  const two = new RecurrentOp(value, cell, { path: `${path}/second`, ...second, initialState: one.finalStates });
  return added ? merged([one.output, two.output], "add") : two.output;
}

/** Windows of two steps. */
export const halves = { size: 2, strides: 2, padding: "same" } as const;

function attending(query: Value, layer: Extract<Layer, { layer: "attention" }>, path: string): Value {
  const value = layer.itself ? query : new PoolWindowsOp(query, "mean", halves).output;
  const key = new AffineOp(value, { path: `${path}/key`, units: query.features, useBias: false }).output;
  return new AttentionOp([query, value, key], { path, dropout: 0, seed: 0, ...layer }).output;
}

const flat = (value: Value, steps: readonly number[]): Value =>
  new RegroupOp(value, value.features * value.axis!.steps(steps)).output;

/** Halves are only taken of what is even, and pairs made of so many steps. */
export const regroups = (features: number, steps: number, way: "split" | "join"): boolean =>
  (way === "split" ? features : steps) % 2 === 0;

function regrouped(value: Value, way: "split" | "join"): Value {
  const { features, axis } = value;
  const factor = way === "split" ? 0.5 : 2;
  return new RegroupOp(
    value,
    factor * features,
    axis!.derive(way, (count) => count / factor),
  ).output;
}

/** Steps and features behind some layers of a stack; no steps for rows. */
export function shapeBehind({ input, layers, steps }: Stack): { readonly steps?: number; readonly features: number } {
  let shape: { steps?: number; features: number } = { features: input.features };
  if (isSequence(input)) shape.steps = steps;
  for (const layer of layers) {
    const { features } = shape;
    const count = shape.steps ?? 1;
    if (layer.layer === "affine" || layer.layer === "formulaRows") shape.features = layer.units;
    else if (layer.layer === "flatten") shape = { features: count * features };
    else if (layer.layer === "convolution") shape = { steps: windowsOver(layer, count), features: layer.filters };
    else if (layer.layer === "poolWindows") shape.steps = windowsOver({ ...layer, dilation: 1 }, count);
    else if (layer.layer === "repeat") shape = { steps: layer.count, features: count * features };
    else if (layer.layer === "regroup") {
      const factor = layer.way === "split" ? 0.5 : 2;
      shape = { steps: count / factor, features: factor * features };
    } else if (layer.layer === "branches") {
      if (layer.merge === "concatenate") shape.features *= layer.count + 1;
    } else if (layer.layer === "bidirectional" || layer.layer === "handedOn" || "returnSequences" in layer) {
      const inner = layer.layer === "handedOn" ? layer.second : layer.layer === "bidirectional" ? layer.around : layer;
      const { units, returnSequences } = inner;
      const wide = layer.layer === "bidirectional" && layer.merge === "concatenate" ? 2 * units : units;
      shape = { ...(returnSequences ? { steps: shape.steps } : {}), features: wide };
    }
  }
  return shape;
}

/** The graph of a stack; weights bear the number of their layer: "2/kernel". */
export function graphOf({ input, layers, steps }: Stack): Value {
  const axis = isSequence(input) ? new TimeAxis(0) : undefined;
  let value: Value;
  if (isTokens(input)) {
    const { words, features, maskZero } = input;
    const tokens = new InputOp(0, "tokens", 1, axis).output;
    value = new EmbeddingOp(tokens, { path: "table", inputDim: words, outputDim: features, maskZero }).output;
  } else {
    value = new InputOp(0, input.kind as "vector" | "sequence", input.features, axis).output;
  }
  layers.forEach((layer, index) => {
    value = valueBehind(layer, `${index}`, value, [steps]);
  });
  return value;
}

/** What a layer makes of a value, with weights whose paths begin so. `steps`: of each time axis of the inputs. */
export function valueBehind(layer: Layer, path: string, value: Value, steps: readonly number[]): Value {
  if (layer.layer === "affine") return new AffineOp(value, { path, ...layer }).output;
  if (layer.layer === "activation") return new ActivationOp(value, layer.function).output;
  if (layer.layer === "dropout") return new DropoutOp(value, layer.rate, layer.seed).output;
  if (layer.layer === "flatten") return flat(value, steps);
  if (layer.layer === "convolution") return new ConvolutionOp(value, { path, ...layer }).output;
  if (layer.layer === "poolWindows") return new PoolWindowsOp(value, layer.kind, layer).output;
  if (layer.layer === "repeat") return new RepeatOp(flat(value, steps), new TimeAxis(() => layer.count)).output;
  if (layer.layer === "regroup") return regrouped(value, layer.way);
  if (layer.layer === "layerNorm") return new LayerNormOp(value, { path, ...layer }).output;
  if (layer.layer === "attention") return attending(value, layer, path);
  if (layer.layer === "batchNorm") return new BatchNormOp(value, { path, ...layer }).output;
  if (layer.layer === "formulaRows") {
    return new FormulaOp([value], testRows(layer.number, value.features, layer.units, path)).output;
  }
  if (layer.layer === "formula") {
    const cell = testCell(layer.cell, value.features, layer.units, path);
    const one = new FormulaRecurrentOp(value, cell, { path, ...layer }).output;
    const other = testCell(layer.cell, value.features, layer.units, `${path}/again`);
    return layer.twice ? merged([one, new FormulaRecurrentOp(value, other, { path, ...layer }).output], "add") : one;
  }
  if (layer.layer === "handedOn") return handedOn(value, layer, path);
  if (layer.layer === "bidirectional") return bothWays(value, layer.around, layer.merge, path);
  if (layer.layer === "branches") {
    const branch = (_: unknown, i: number) =>
      new AffineOp(value, { path: `${path}/${i}`, units: value.features, useBias: true }).output;
    return merged([value, ...Array.from({ length: layer.count }, branch)], layer.merge);
  }
  return new RecurrentOp(value, cells[layer.layer], { path, ...layer }).output;
}

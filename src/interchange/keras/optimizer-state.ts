// What an optimizer remembers, as Keras 3 keeps it: how many steps it has taken, its rate where that is no schedule, then
// its arrays.

import { GruvyError } from "../../base/index.ts";
import { type Model, modelFromConfig, type Optimizer } from "../../model/index.ts";
import type { KerasFile } from "../../storage/foreign.ts";
import { toTensor } from "../../storage/index.ts";
import { rounded } from "../rounded.ts";
import type { LayerPlace } from "./places.ts";

export const OPTIMIZER = "optimizer";

/** One array of an optimizer's file. */
export interface OptimizerArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** The arrays that an optimizer keeps of each weight, in Keras's order: those in one list lie together, weight by weight. */
function arraysOf({ rule, accumulates, average }: Optimizer): readonly (readonly string[])[] {
  const shared = [...(average ? [["average"]] : []), ...(accumulates ? [["gradientAccumulator"]] : [])];
  switch (rule.kind) {
    case "sgd":
      return [...shared, ...(rule.momentum > 0 ? [["momentum"]] : [])];
    case "rmsprop":
      return [
        ...shared,
        ["velocity"],
        ...(rule.momentum > 0 ? [["momentum"]] : []),
        ...(rule.centered ? [["averageGradient"]] : []),
      ];
    case "adam":
      return [...shared, ["momentum", "velocity"], ...(rule.amsgrad ? [["velocityHat"]] : [])];
  }
}

/** The names of all arrays in Keras's order, of weights that are trained. */
const namesInOrder = (optimizer: Optimizer, paths: readonly string[]): string[] =>
  arraysOf(optimizer).flatMap((group) => paths.flatMap((path) => group.map((name) => `${name}/${path}`)));

const hasRate = ({ learningRate }: Optimizer): boolean => typeof learningRate === "number";

/** The arrays of a compiled model; before its first step no more than how many it has taken, and the rate. */
export async function optimizerArrays(
  model: Model<unknown>,
  paths: readonly string[],
  warn: (text: string) => void,
): Promise<OptimizerArray[]> {
  const { optimizer, iterations } = model;
  if (!hasRate(optimizer) && model.constantRate !== undefined) {
    warn(`The learning rate follows its schedule again: ${model.constantRate}, which took its place, is not written.`);
  }
  const scalar = (data: OptimizerArray["data"]) => ({ shape: [], data });
  const first = [
    scalar(BigInt64Array.of(BigInt(iterations))),
    ...(hasRate(optimizer) ? [scalar(Float32Array.of(model.learningRate))] : []),
  ];
  if (iterations === 0) return first;
  const trained = trainedOnLoading(model);
  const { tensors } = await model.getOptimizerState();
  const names = namesInOrder(
    optimizer,
    paths.filter((path) => trained.has(path)),
  );
  // Of what was freed since nothing is remembered, and the optimizer will start anew.
  const kept = names.flatMap((name) => tensors.get(name) ?? []);
  return [...first, ...kept.map(({ shape, data }) => ({ shape, data: Float32Array.from(data) }))];
}

/** What was frozen since the model was compiled has no arrays where it is loaded, which compiles it. */
function trainedOnLoading(model: Model<unknown>): ReadonlySet<string> {
  const loaded = modelFromConfig<unknown>(model.toConfig());
  const paths = new Set(loaded.trainablePaths);
  loaded.dispose();
  return paths;
}

/** Gives a model what its optimizer remembered, where the file has it. */
export async function readOptimizerState(
  model: Model<unknown>,
  file: KerasFile,
  layers: readonly LayerPlace[],
  warn: (text: string) => void,
): Promise<void> {
  const { optimizer } = model;
  const [stored] = await file.arrays([OPTIMIZER]);
  // Before the first step a file has no more than these two.
  const first = hasRate(optimizer) ? 2 : 1;
  if (stored.length === 0) return;
  try {
    const iterations = Number(toTensor(stored[0], "optimizer/vars/0").data[0]);
    if (iterations === 0) return;
    const paths = layers.flatMap(({ name }) => model.trainablePaths.filter((path) => path.startsWith(`${name}/`)));
    const names = namesInOrder(optimizer, paths);
    if (names.length !== stored.length - first) {
      throw new GruvyError(
        "model/optimizer-state",
        `Expected ${names.length + first} arrays of the optimizer, found ${stored.length}`,
      );
    }
    const rate = first === 2 ? toTensor(stored[1], "optimizer/vars/1").data[0] : undefined;
    const found = names.map((name, i) => [name, rounded(stored[first + i], name)] as const);
    await model.setOptimizerState({ iterations, tensors: new Map(found) });
    // A callback may have changed it since it was compiled.
    if (rate !== undefined && Math.fround(rate) !== Math.fround(model.learningRate)) model.learningRate = rate;
  } catch (error) {
    if (!(error instanceof GruvyError)) throw error;
    warn(`The optimizer starts anew: ${error.message}`);
  }
}

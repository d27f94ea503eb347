import { GruvyError, Tensor, wholeNumber } from "../base/index.ts";
import { arrayNames, type Executable, type Training, type Weight } from "../engine/index.ts";
import { checkedWeight } from "./checked-weight.ts";

/** The optimizer's memory: how many steps it has taken, and its arrays as `slot/weight path`. */
export interface OptimizerState {
  readonly iterations: number;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** The optimizer's arrays: each with its number, its weight and its name. */
const arraysOf = (weights: readonly Weight[], training: Training) =>
  arrayNames(training).flatMap((array, index) =>
    weights.filter(({ trainable }) => trainable).map((weight) => ({ index, weight, name: `${array}/${weight.path}` })),
  );

export async function readArrays(
  engine: Executable,
  weights: readonly Weight[],
  training: Training,
): Promise<Map<string, Tensor>> {
  const tensors = new Map<string, Tensor>();
  for (const { index, weight, name } of arraysOf(weights, training)) {
    tensors.set(name, new Tensor(weight.shape, await engine.getSlot(weight, index)));
  }
  return tensors;
}

/** Checks a whole state before anything of it is used; then `write` uses it. */
export function checkedState(state: OptimizerState, weights: readonly Weight[], training: Training) {
  const iterations = wholeNumber(state.iterations, "iterations of the optimizer's state", { min: 0 });
  const arrays = arraysOf(weights, training).map(({ index, weight, name }) => {
    const value = state.tensors.get(name);
    if (value) return { index, weight, data: checkedWeight(weight, value).data };
    throw new GruvyError(
      "model/optimizer-state",
      `Expected "${name}" in the optimizer's state, found nothing`,
      "Compile the model with the optimizer that the state comes from.",
    );
  });
  return {
    iterations,
    write(engine: Executable): void {
      for (const { index, weight, data } of arrays) engine.setSlot(weight, index, data);
    },
  };
}

/** Gives the weights their averages, where the optimizer keeps them and has taken a step. */
export async function useAverages(engine: Executable, weights: readonly Weight[], iterations: number): Promise<void> {
  const index = engine.training ? arrayNames(engine.training).indexOf("average") : -1;
  if (index < 0 || iterations === 0) return;
  for (const weight of weights) {
    if (weight.trainable) engine.setWeight(weight, await engine.getSlot(weight, index));
  }
}

import { GruvyError, product, wholeNumber } from "../base/index.ts";
import type { Executable, Plan } from "../engine/index.ts";
import type { InputSpec } from "./build.ts";
import { optionsOf, refuseUnknown } from "./options.ts";
import type { TargetSpec } from "./rows.ts";

/** What `memory` is asked. */
export interface MemoryOptions {
  /** Rows of a batch. Default 32. */
  readonly batchSize?: number;
  /** Steps of a row; needed where the model does not say how many there are. */
  readonly timeSteps?: number;
  /** Default `train` for a compiled model, else `predict`. */
  readonly purpose?: "train" | "evaluate" | "predict";
}

/** What a batch needs. All sizes are bytes. */
export interface MemoryNeed {
  /** All that the model takes: weights, the optimizer's arrays, states, gates, gradients and the batch itself. */
  readonly bytes: number;
  /** The weights alone. */
  readonly weights: number;
  /** `memoryBudget` of `compile`, else half of the memory that is free, at most half of what WebAssembly can address. */
  readonly budget: number;
  /**
   * Whether gates and states are kept at the borders of chunks alone and computed again on the way back, since
   * otherwise the budget would be passed. The weights come out the same, to the bit.
   */
  readonly recomputes: boolean;
  /** Whether so much can be had; a run that does not fit is refused. */
  readonly fits: boolean;
}

export async function memoryNeed(
  engine: Executable,
  options: MemoryOptions,
  model: { readonly input: InputSpec; readonly target: TargetSpec | undefined },
): Promise<MemoryNeed> {
  const given = optionsOf(options, "memory", "usage/option");
  refuseUnknown(given, ["batchSize", "timeSteps", "purpose"], "memory", "usage/option");
  const { input, target } = model;
  const rows = wholeNumber(given.batchSize ?? 32, "batchSize");
  const steps = stepsOf(input, given.timeSteps);
  const { purpose = target ? "train" : "predict" } = given;
  const width = steps * (input.kind === "tokens" ? 1 : input.features);
  const targetWidth = target ? target.places([steps]) * (target.classes ? 1 : target.features) : 0;
  const burden = {
    rows,
    batchSize: rows,
    steps: [steps],
    inputBytes: [4 * rows * width],
    targetBytes: purpose === "predict" ? 0 : 4 * rows * targetWidth,
  };
  const { need, ...plan }: Plan = await engine.plan(purpose, burden);
  const weights = engine.weights.reduce((sum, { shape }) => sum + 4 * product(shape), 0);
  return { bytes: need, weights, ...plan };
}

function stepsOf(input: InputSpec, given: number | undefined): number {
  if (input.kind === "vector") return 1;
  const steps = given ?? input.steps;
  if (steps === null) {
    throw new GruvyError(
      "usage/option",
      "Expected timeSteps: the model takes sequences of any length",
      "Say model.memory({ batchSize, timeSteps }).",
    );
  }
  return wholeNumber(steps, "timeSteps");
}

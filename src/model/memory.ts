import { GruvyError, product, wholeNumber } from "../base/index.ts";
import type { Executable, Plan } from "../engine/index.ts";
import type { BuiltInput } from "./build.ts";
import { optionsOf, refuseUnknown } from "./options.ts";
import type { TargetSpec } from "./rows.ts";

/** What `memory` is asked. */
export interface MemoryOptions {
  /** Rows of a batch. Default 32. */
  readonly batchSize?: number;
  /** Steps of a row, or of each input's by its name; needed where the model does not say how many there are. */
  readonly timeSteps?: number | { readonly [input: string]: number };
  /** Default `train` for a compiled model, else `predict`. */
  readonly purpose?: "train" | "evaluate" | "predict";
}

/** What a batch needs. All sizes are bytes. */
export interface MemoryNeed {
  /**
   * What the process grows by: weights, states, gates and the batch itself; to train also all gradients, the optimizer's
   * arrays, the batch once more as it is gathered, and two copies of the weights and the optimizer's arrays, to return to
   * when a loss is not finite or a thread dies. Not in it are the data themselves, of which one call of many small batches
   * also gathers and stages up to 8 MB each, and the answers of `predict`.
   */
  readonly bytes: number;
  /** The weights alone. */
  readonly weights: number;
  /** `memoryBudget` of `compile`, else half of the memory that is free, at most what WebAssembly can address. */
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
  model: {
    readonly inputs: readonly BuiltInput[];
    readonly targets: readonly (TargetSpec | undefined)[] | undefined;
  },
): Promise<MemoryNeed> {
  const given = optionsOf(options, "memory", "usage/option");
  refuseUnknown(given, ["batchSize", "timeSteps", "purpose"], "memory", "usage/option");
  const { inputs, targets } = model;
  const rows = wholeNumber(given.batchSize ?? 32, "batchSize");
  const steps: number[] = [];
  for (const input of inputs) if (input.axis !== undefined) steps[input.axis] = stepsOf(input, given.timeSteps);
  const { purpose = targets ? "train" : "predict" } = given;
  const places = (axis: number | undefined) => (axis === undefined ? 1 : steps[axis]);
  const burden = {
    rows,
    batchSize: rows,
    steps,
    inputBytes: inputs.map(({ features, axis }) => 4 * rows * features * places(axis)),
    targetBytes: (purpose === "predict" ? [] : (targets ?? [])).map((target) =>
      target ? 4 * rows * target.places(steps) * (target.classes ? 1 : target.features) : 0,
    ),
  };
  const { need, ...plan }: Plan = await engine.plan(purpose, burden);
  const weights = engine.weights.reduce((sum, { shape }) => sum + 4 * product(shape), 0);
  return { bytes: need, weights, ...plan };
}

function stepsOf({ name, steps: known }: BuiltInput, given: MemoryOptions["timeSteps"]): number {
  const own = typeof given === "object" && given !== null && Object.hasOwn(given, name) ? given[name] : undefined;
  const steps = (typeof given === "object" ? own : given) ?? known;
  if (steps === null) {
    throw new GruvyError(
      "usage/option",
      "Expected timeSteps: the model takes sequences of any length",
      "Say model.memory({ batchSize, timeSteps }).",
    );
  }
  return wholeNumber(steps, "timeSteps");
}

import { control, type WeightLayout } from "../graph/index.ts";
import { type Burden, stagedBytes } from "./binding.ts";
import { type Budget, tooLarge } from "./budget.ts";
import type { Purpose } from "./work.ts";

/** What calls of one shape need, and how they are computed. */
export interface Plan {
  /** Bytes in all; of a training with the states put aside, and the batch as its caller has gathered it. */
  readonly need: number;
  /** Beyond so many, what can be computed again is not kept. */
  readonly budget: number;
  /** Whether gates are computed again on the way back, to stay within the budget. */
  readonly recomputes: boolean;
  /** Whether there is so much memory. */
  readonly fits: boolean;
}

/** So many states are kept while training: the last good one, and one of which no loss is known yet. */
export const SNAPSHOTS = 2;

/** Bytes of a snapshot of a training under way: all but the gradients. */
export const snapshotBytes = ({ end, trainedBytes }: WeightLayout): number => end - control.end - trainedBytes;

/** Bytes that calls need whatever their batch. */
const fixedBytes = (purpose: Purpose, layout: WeightLayout): number =>
  layout.end + (purpose === "train" ? SNAPSHOTS * snapshotBytes(layout) : 0);

/** `inside`: bytes of the model's own memory. */
export function planOf(
  purpose: Purpose,
  { inside, layout, burden }: { readonly inside: number; readonly layout: WeightLayout; readonly burden: Burden },
  { sparing, most, all }: Budget,
): Plan {
  const beside = fixedBytes(purpose, layout) - layout.end + (purpose === "train" ? stagedBytes(burden) : 0);
  const need = inside + beside;
  return { need, budget: sparing, recomputes: false, fits: inside <= most && need <= all };
}

/** Why a call is refused whose plan does not fit. */
export function refusal(
  purpose: Purpose,
  { burden, plan, layout }: { readonly burden: Burden; readonly plan: Plan; readonly layout: WeightLayout },
  { most, all }: Budget,
  allowed: boolean,
) {
  const steps = burden.steps.length > 0 ? ` of ${burden.steps.join(", ")} steps` : "";
  const what = `The model with a batch of ${burden.batchSize} rows${steps}`;
  // What fits in all does not within what WebAssembly can address.
  const limit = plan.need > all ? all : most;
  return tooLarge(what, plan.need, limit, { allowed, fixed: fixedBytes(purpose, layout) });
}

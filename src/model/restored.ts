import type { Callback } from "./callbacks/callback.ts";

/** Which weights the model is given at the end of the training, whatever state it has gone back to. */
export async function restored(callbacks: readonly Callback[]): Promise<string | undefined> {
  for (const callback of callbacks) {
    if (callback.name !== "earlyStopping") continue;
    const { values, tensors } = (await callback.getState?.()) ?? {};
    if (tensors?.has("weights/0"))
      return `of epoch ${Math.max(0, Number(values?.bestEpoch)) + 1}, which earlyStopping keeps as the best`;
  }
  return undefined;
}

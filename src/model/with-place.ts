import { GruvyError } from "../base/index.ts";
import type { Callback } from "./callbacks/callback.ts";
import type { Kept } from "./last-good.ts";
import { restored } from "./restored.ts";

/** Where a training stands. */
type Place = Pick<Kept, "iterations" | "epoch" | "batch">;

/** A failure for which a model had to go back, or of threads that are gone, with where it now stands. */
export async function withPlace(
  error: unknown,
  back: Place | undefined,
  here: Place,
  callbacks: readonly Callback[],
): Promise<unknown> {
  if (!(error instanceof GruvyError)) return error;
  if (!back && error.code !== "engine/thread" && error.code !== "engine/closed") return error;
  const { iterations, epoch, batch } = back ?? here;
  const place = batch > 0 ? `in epoch ${epoch + 1} after batch ${batch}` : `before epoch ${epoch + 1}`;
  const own = `it had after ${iterations} steps, ${place}`;
  const where = `The model has the weights ${(await restored(callbacks)) ?? own}.`;
  const details = { ...error.details, iterations, epoch: epoch + 1, batch };
  return new GruvyError(error.code, error.message, where, { cause: error, details });
}

import {
  type BatchStream,
  type Dataset,
  isBatchStream,
  isDataset,
  Tensor,
  type TensorLike,
  tensor,
} from "../base/index.ts";
import type { FitOptions } from "./fit-options.ts";

/** What `fit` was given: x, y and options, or a data set, a list of batches or a stream, and options. */
export function fitArguments(
  data: Dataset | BatchStream | TensorLike,
  second?: TensorLike | FitOptions,
  third?: FitOptions,
): { readonly data: Dataset | BatchStream; readonly options: FitOptions } {
  if (isDataset(data)) return { data, options: (second ?? {}) as FitOptions };
  if (isOptions(second)) {
    const options = second ?? {};
    if (Array.isArray(data) && isDataset(data[0])) return { data: { [Symbol.iterator]: () => data.values() }, options };
    if (!(data instanceof Tensor) && isBatchStream(data)) return { data, options };
  }
  const y = second && tensor(second as TensorLike);
  return { data: { x: tensor(data as TensorLike), y }, options: third ?? {} };
}

function isOptions(value: unknown): value is FitOptions | undefined {
  return (
    value === undefined ||
    (typeof value === "object" &&
      value !== null &&
      !Array.isArray(value) &&
      !ArrayBuffer.isView(value) &&
      !(value instanceof Tensor))
  );
}

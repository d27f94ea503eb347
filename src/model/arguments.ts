import { type BatchStream, type Datasets, GruvyError, isBatchStream, Tensor, type TensorsLike } from "../base/index.ts";
import { isRecord } from "./by-name.ts";

/** By which names a model's data can be given. */
interface Names {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
}

/** Whether something is data `{ x, y }` rather than inputs by name, one of which may be called x. */
export function holdsBoth(names: Names, data: unknown): data is Datasets {
  if (!isRecord(data) || !("x" in data)) return false;
  return !Object.keys(data).every((name) => names.inputNames.includes(name)) || isRecord(data.x);
}

/** Tells x and y, data that hold both, streams of such, and options from each other. */
export function sortArguments<Options extends object>(
  names: Names,
  data: Datasets | BatchStream | TensorsLike,
  second: TensorsLike | Options | undefined,
  third: Options | undefined,
): { given: Datasets | BatchStream; options: Options | undefined } {
  const keys = isRecord(second) ? Object.keys(second) : [];
  const targets = keys.length > 0 && keys.every((name) => names.outputNames.includes(name));
  if (third !== undefined || targets || !(second === undefined || isRecord(second))) {
    return { given: { x: data as TensorsLike, y: second as TensorsLike | undefined }, options: third };
  }
  const options = second as Options | undefined;
  if (holdsBoth(names, data)) return { given: data, options };
  if (Array.isArray(data) && holdsBoth(names, data[0])) {
    return { given: { [Symbol.iterator]: () => data.values() }, options };
  }
  const stream = !(data instanceof Tensor) && isBatchStream(data);
  return { given: stream ? data : { x: data as TensorsLike }, options };
}

export const busy = (what: string): GruvyError =>
  new GruvyError("model/busy", `The model cannot be ${what} while it is being trained`, "Wait for fit to end.");

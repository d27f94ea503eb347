import { GruvyError, type Store, shown } from "../base/index.ts";
import { type Callback, modelSaver, type SavedAt, type SaverOptions } from "../model/index.ts";
import { refuseKerasName } from "./model-name.ts";
import { encodeModel } from "./model-parts.ts";

/** What `modelCheckpoint` and `modelCheckpointTo` can be told beside the name. */
export interface ModelCheckpointOptions extends SaverOptions {
  /** Leaves the optimizer's state out; the file is a third of the size with Adam. Default false. */
  readonly saveWeightsOnly?: boolean;
}

/** A file's name with the training's numbers in it: `{epoch}`, `{epoch:02d}`, `{valLoss:.3f}`. */
export function nameAt(pattern: string, { epoch, batch, logs }: SavedAt): string {
  const numbers: Readonly<Record<string, number>> = { ...logs, epoch, ...(batch === undefined ? {} : { batch }) };
  return pattern.replace(/\{([^{}:]*)(?::([^{}]*))?\}/g, (_, name: string, format = "") => {
    if (!Object.hasOwn(numbers, name)) {
      throw new GruvyError(
        "usage/option",
        `Expected in the file's name one of ${Object.keys(numbers).join(", ")}, found {${name}}`,
        "Numbers of epochs are known at their end alone.",
      );
    }
    const [, digits, places] = /^0?(\d*)d?$|^\.(\d+)f$/.exec(format) ?? [];
    if (places !== undefined) return numbers[name].toFixed(Number(places));
    if (digits === undefined) {
      throw new GruvyError(
        "usage/option",
        `Expected a format such as 02d or .3f in the file's name, found ${shown(format)}`,
      );
    }
    return String(numbers[name]).padStart(Number(digits), "0");
  });
}

/**
 * Saves the model into a store while it is trained: after every epoch, after some batches, or whenever `monitor` has
 * improved. The name may hold numbers, `{epoch:02d}-{valLoss:.3f}`; without them one file is replaced. Each write is
 * whole or not at all. In Node, `modelCheckpoint({ filepath })` of `gruvy/node` does it to a folder.
 *
 * @throws {GruvyError} `usage/option`; from `fit`: `training/monitor`, and what the store throws.
 * @example
 * const store = memoryStore();
 * const saving = modelCheckpointTo(store, "best.gruvy", { monitor: "loss", saveBestOnly: true });
 * const model = sequential([input({ shape: [1] }), dense({ units: 1 })]);
 * model.compile({ loss: "meanSquaredError" });
 * await model.fit([[1], [2]], [[2], [4]], { epochs: 3, callbacks: [saving] });
 * await store.list(); // ["best.gruvy"]
 */
export function modelCheckpointTo(store: Store, name: string, options: ModelCheckpointOptions = {}): Callback {
  if (typeof name !== "string" || name === "") {
    throw new GruvyError("usage/option", `Expected the name of a file, found ${shown(name)}`);
  }
  refuseKerasName(name, "modelCheckpoint");
  const { saveWeightsOnly = false, ...when } = options;
  if (typeof saveWeightsOnly !== "boolean") {
    throw new GruvyError(
      "usage/option",
      `Expected saveWeightsOnly to be true or false, found ${shown(saveWeightsOnly)}`,
    );
  }
  const saver = modelSaver(async (model, at) => {
    // What a step in the middle of an epoch has spoilt, the next will find; a good file is not replaced by it.
    if (at.batch !== undefined && !(await (await model.engine()).isFinite())) return;
    await store.write(nameAt(name, at), await encodeModel(model, { optimizer: !saveWeightsOnly }));
  }, when);
  return { ...saver, name: "modelCheckpoint" };
}

export const modelCheckpointOptions = [
  "monitor",
  "mode",
  "saveBestOnly",
  "saveFreq",
  "initialValueThreshold",
  "saveWeightsOnly",
];

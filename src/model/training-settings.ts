import { GruvyError, shown } from "../base/index.ts";
import type { FitOptions } from "./fit-options.ts";
import type { Json, JsonObject } from "./layers/layer.ts";
import type { Model } from "./model.ts";

/** What must be the same for a training to go on to the same bits, by the names a user knows. */
export type TrainingSettings = Readonly<Record<string, Json>>;

/** The settings of a training whose data and callbacks are described; what was left out has its default. */
export function trainingSettings(
  model: Model<unknown>,
  options: FitOptions,
  described: {
    readonly data: string;
    readonly validationData: string | null;
    readonly callbacks: readonly JsonObject[];
  },
): TrainingSettings {
  const { layers, seed, compile } = model.toConfig();
  const { batchSize = 32, validationBatchSize = null, validationSplit = 0 } = options;
  return JSON.parse(
    JSON.stringify({
      // A model from a file says by a layer of its own what the data said before.
      layers: (layers as readonly JsonObject[]).filter(({ kind }) => kind !== "input"),
      seed,
      ...(compile as JsonObject),
      batchSize,
      shuffle: options.shuffle ?? true,
      initialEpoch: options.initialEpoch ?? 0,
      validationSplit,
      validationBatchSize,
      ...described,
    }),
  );
}

/**
 * The settings that are meant to differ from those the training was begun with.
 *
 * @throws {GruvyError} `usage/resume` that names all others which differ.
 */
export function checkChanges(was: JsonObject, is: TrainingSettings, meant: readonly string[] = []): Set<string> {
  if (!Array.isArray(meant) || meant.some((name) => !Object.hasOwn(is, name))) {
    throw new GruvyError(
      "usage/option",
      `Expected resumeChanges to be a list of settings, found ${Array.isArray(meant) ? meant.map(shown).join(", ") : shown(meant)}`,
      `Settings are ${Object.keys(is).join(", ")}.`,
    );
  }
  const found = differences(was, is);
  const unmeant = [...found.keys()].filter((name) => !meant.includes(name));
  if (unmeant.length === 0) return new Set(found.keys());
  throw new GruvyError(
    "usage/resume",
    `The training to resume was begun otherwise: ${unmeant.map((name) => found.get(name)).join("; ")}`,
    `Give what it was begun with, or say what is meant to differ, resumeChanges: [${[...found.keys()].map(shown).join(", ")}].`,
  );
}

/** Whether the sums over the batches of an epoch mean something else now, so that it must begin again. */
export function beginsEpochAgain(changed: ReadonlySet<string>): boolean {
  return ["data", "batchSize", "shuffle", "seed", "loss", "metrics", "weightedMetrics"].some((name) =>
    changed.has(name),
  );
}

/** The settings that differ, with what each was and is. */
function differences(was: JsonObject, is: TrainingSettings): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of new Set([...Object.keys(was), ...Object.keys(is)])) {
    const difference = firstDifference(own(was, name), own(is, name), name);
    if (difference !== undefined) found.set(name, difference);
  }
  return found;
}

const own = (object: object, key: string): unknown =>
  Object.hasOwn(object, key) ? (object as Record<string, unknown>)[key] : undefined;

function firstDifference(was: unknown, is: unknown, path: string): string | undefined {
  if (typeof was === "object" && typeof is === "object" && was !== null && is !== null) {
    if (Array.isArray(was) && Array.isArray(is) && was.length !== is.length) {
      return `${path}: ${was.length} before, ${is.length} now`;
    }
    for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) {
      const inner = Array.isArray(was) ? `${path}[${key}]` : key === "config" ? path : `${path}.${key}`;
      const difference = firstDifference(own(was, key), own(is, key), inner);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  if (was === is) return undefined;
  const text = (value: unknown) => (value === undefined || value === null ? "absent" : shown(value));
  return `${path} was ${text(was)} and is ${text(is)}`;
}

import { GruvyError, shown } from "../../base/index.ts";
import { optionsOf, refuseUnknown } from "../options.ts";
import type { Callback } from "./callback.ts";
import { hooks } from "./hooks.ts";

/**
 * A callback of the functions given, each a hook of `Callback`. A plain object with the same functions is a callback
 * too; this one refuses names that are none. Keras's `LambdaCallback`.
 *
 * @throws {GruvyError} `usage/option` for an unknown hook, or one that is no function.
 * @example
 * const losses: number[] = [];
 * const watch = lambdaCallback({ onEpochEnd: (_epoch, logs) => void losses.push(logs.loss) });
 * lambdaCallback({ on_epoch_end: () => {} }); // throws usage/option
 */
export function lambdaCallback(functions: Callback): Callback {
  const given = optionsOf(functions, "lambdaCallback", "usage/option");
  refuseUnknown(given, [...hooks, "name", "settings", "everyBatches"], "lambdaCallback", "usage/option");
  for (const [name, value] of Object.entries(given)) {
    if (hooks.includes(name) && value !== undefined && typeof value !== "function") {
      throw new GruvyError(
        "usage/option",
        `Expected ${name} of lambdaCallback to be a function, found ${shown(value)}`,
      );
    }
  }
  return { name: "lambdaCallback", ...given };
}

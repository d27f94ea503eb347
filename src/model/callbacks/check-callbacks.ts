import { GruvyError, plainName, shown, wholeNumber } from "../../base/index.ts";
import { hooks } from "./hooks.ts";

/** Hooks of Keras and TensorFlow.js that `fit` lacks, as `plainName` has them. */
const lacking = /^on(batchbegin|yield|(train|test|predict)batch(begin|end)|(test|predict)(begin|end))$/;

/**
 * Refuses what `fit` would pass over in silence: hooks in another spelling above all, which nobody would call.
 *
 * @throws {GruvyError} `usage/option`
 */
export function checkCallbacks(callbacks: readonly unknown[]): void {
  callbacks.forEach((callback, i) => {
    const what = `callbacks[${i}]`;
    if (typeof callback !== "object" || callback === null) {
      throw new GruvyError(
        "usage/option",
        `Expected ${what} to be an object with hooks such as onEpochEnd, found ${shown(callback)}`,
        typeof callback === "function" ? "Is it to be called, as in earlyStopping()?" : "",
      );
    }
    checkHooks(callback, what);
    const { everyBatches = 1 } = callback as { readonly everyBatches?: unknown };
    wholeNumber(everyBatches, `everyBatches of ${what}`);
  });
}

function checkHooks(callback: object, what: string): void {
  for (const name of methodsOf(callback)) {
    if (hooks.includes(name)) continue;
    const meant = hooks.find((hook) => plainName(hook) === plainName(name));
    // With both, the one that is called may call the other.
    if (meant === undefined ? !lacking.test(plainName(name)) : meant in callback) continue;
    throw new GruvyError(
      "usage/option",
      `${what} has a method ${shown(name)}, which nobody calls`,
      meant === undefined ? `Hooks are ${hooks.join(", ")}.` : `It is called ${meant} here.`,
    );
  }
}

/** Names of functions, those of classes included. Getters are left alone, for they may do something. */
function methodsOf(callback: object): Set<string> {
  const names = new Set<string>();
  for (let at: object | null = callback; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === "function") names.add(name);
    }
  }
  return names;
}

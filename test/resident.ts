import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** The memory that this process holds, in MB, once garbage is collected: when V8 would do so is not for a test to guess. */
export function resident(): number {
  collect();
  return process.memoryUsage().rss / 2 ** 20;
}

/** What is in use in this process's main thread, in bytes, garbage aside: however late it is collected. */
export function held(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

// How a training and a prediction are timed in JavaScript; peers/workloads.py does the same in Python.

import { median } from "./numbers.js";

/** Calls at least, and milliseconds: short calls are repeated until the runtime no longer compiles on the way. */
const CALLS = 30;
const LEAST_MS = 500;

/** Starts a clock; calling the result gives what a step took by the wall, and in processor time over all threads. */
export function stopwatch() {
  const wall = performance.now();
  const used = process.cpuUsage();
  return (/** @type {number} */ steps) => {
    const { user, system } = process.cpuUsage(used);
    return { msPerStep: (performance.now() - wall) / steps, cpuMsPerStep: (user + system) / 1000 / steps, steps };
  };
}

/** Calls once, which compiles, and then several times: the median by the wall, the mean in processor time. */
export async function timedCalls(/** @type {() => Promise<unknown>} */ call) {
  const first = performance.now();
  await call();
  const firstStepMs = performance.now() - first;
  const times = [];
  const clock = stopwatch();
  const begin = performance.now();
  while (times.length < CALLS || performance.now() - begin < LEAST_MS) {
    const start = performance.now();
    await call();
    times.push(performance.now() - start);
  }
  return { ...clock(times.length), msPerStep: median(times), firstStepMs };
}

// What is written for states that do not start from zeros.

import { copyRows, gatherRows, padded, scatterRows, stride } from "../../kernels/index.ts";
import { I32 } from "../../wasm/index.ts";
import type { Build } from "../op.ts";
import type { FirstStates } from "./first-states.ts";

/** Where a stream keeps a state between its steps. */
const streamed = (build: Build, first: FirstStates, index: number): I32 | undefined =>
  build.stream?.state(first, index, 4 * stride(first.features[index]));

const keptOf = (build: Build, first: FirstStates, index: number) => (build.keepsStates ? first.kept[index] : undefined);

function copy(build: Build, features: number, to: I32, from: I32, add: boolean): void {
  const floats = stride(features);
  const kernel = copyRows(build.module, padded(features), { to: floats, from: floats }, add);
  build.fn.call(kernel, to, from, build.rows);
}

/** Writes what a state starts from. */
export function writeFirst(build: Build, first: FirstStates, index: number, to: I32): void {
  const { module, fn, rows, order } = build;
  const [value, features] = [first.values[index], first.features[index]];
  const kept = keptOf(build, first, index);
  const before = streamed(build, first, index);
  if (before) copy(build, features, to, before, false);
  else if (value) copy(build, features, to, build.address(value), false);
  else if (kept) fn.call(gatherRows(module, features), build.weight(kept), to, order, rows, I32.of(1));
  else fn.fill(to, rows.mul(4 * stride(features)));
}

/** Keeps a last state for the next batch, or the next step of a stream. */
export function keepLast(build: Build, first: FirstStates, index: number, from: I32): void {
  const { module, fn, rows, order } = build;
  const kept = keptOf(build, first, index);
  const next = streamed(build, first, index);
  if (next) copy(build, first.features[index], next, from, false);
  const kernel = kept && scatterRows(module, first.features[index]);
  if (kernel) fn.call(kernel, from, build.weight(kept), order, rows, I32.of(1));
}

export function backFirst(build: Build, first: FirstStates, index: number, gradient: I32): void {
  const target = build.target(first.values[index]);
  if (target) copy(build, first.features[index], target.address, gradient, target.add);
}

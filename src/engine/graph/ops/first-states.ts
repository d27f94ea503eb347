import { copyRows, gatherRows, padded, scatterRows, stride } from "../../kernels/index.ts";
import { I32 } from "../../wasm/index.ts";
import type { Build } from "../op.ts";
import type { Value } from "../value.ts";
import { stateWeight, type Weight } from "../weight.ts";

interface Options {
  readonly path: string;
  readonly initialState?: readonly Value[];
  readonly keptRows?: number;
}

/** What a recurrent op's states start from: zeros, values of the graph, or what the batch before has left. */
export class FirstStates {
  readonly values: readonly Value[];
  /** A place for each state, where it waits for the next batch. */
  readonly kept: readonly Weight[];
  private readonly features: readonly number[];

  /** `states`: the name and the features of each. */
  constructor(
    { path, initialState = [], keptRows }: Options,
    states: readonly { readonly name: string; readonly features: number }[],
  ) {
    this.values = initialState;
    this.features = states.map(({ features }) => features);
    const kept = keptRows === undefined ? [] : states;
    this.kept = kept.map(({ name, features }) => stateWeight(`${path}/${name}`, keptRows!, features));
  }

  /** Whether rows may start from different states. */
  get given(): boolean {
    return this.values.length > 0 || this.kept.length > 0;
  }

  /** Why a stream cannot go on from these states step by step. */
  get needsAllSteps(): string | undefined {
    return this.values.length > 0 ? "starts from the states of another layer" : undefined;
  }

  /** Where a stream keeps a state between its steps. */
  private streamed({ stream }: Build, index: number): I32 | undefined {
    return stream?.state(this, index, 4 * stride(this.features[index]));
  }

  private copy(build: Build, index: number, to: I32, from: I32, add: boolean): void {
    const floats = stride(this.features[index]);
    const kernel = copyRows(build.module, padded(this.features[index]), { to: floats, from: floats }, add);
    build.fn.call(kernel.index, to, from, build.rows);
  }

  write(build: Build, index: number, to: I32): void {
    const { module, fn, rows, order } = build;
    const [value, features] = [this.values[index], this.features[index]];
    const kept = build.keepsStates ? this.kept[index] : undefined;
    const streamed = this.streamed(build, index);
    if (streamed) this.copy(build, index, to, streamed, false);
    else if (value) this.copy(build, index, to, build.address(value), false);
    else if (kept) fn.call(gatherRows(module, features).index, build.weight(kept), to, order, rows, I32.of(1));
    else fn.fill(to, rows.mul(4 * stride(features)));
  }

  keep(build: Build, index: number, from: I32): void {
    const { module, fn, rows, order } = build;
    const kept = build.keepsStates ? this.kept[index] : undefined;
    const streamed = this.streamed(build, index);
    if (streamed) this.copy(build, index, streamed, from, false);
    const kernel = kept && scatterRows(module, this.features[index]);
    if (kernel) fn.call(kernel.index, from, build.weight(kept), order, rows, I32.of(1));
  }

  /** Hands on the gradient of a first state. */
  back(build: Build, index: number, gradient: I32): void {
    const value = this.values[index];
    const target = value && build.target(value);
    if (target) this.copy(build, index, target.address, gradient, target.add);
  }
}

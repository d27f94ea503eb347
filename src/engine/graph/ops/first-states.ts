import type { Late } from "../../../base/index.ts";
import { stride } from "../../kernels/index.ts";
import type { I32 } from "../../wasm/index.ts";
import { rareOps } from "../late.ts";
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
  readonly features: readonly number[];

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

  /** What must be loaded before states that are given are written. */
  get needs(): readonly Late<unknown>[] {
    return this.given ? [rareOps] : [];
  }

  write(build: Build, index: number, to: I32): void {
    if (this.given || build.stream) rareOps.loaded.writeFirst(build, this, index, to);
    else build.fn.fill(to, build.rows.mul(4 * stride(this.features[index])));
  }

  keep(build: Build, index: number, from: I32): void {
    if (this.given || build.stream) rareOps.loaded.keepLast(build, this, index, from);
  }

  /** Hands on the gradient of a first state. */
  back(build: Build, index: number, gradient: I32): void {
    if (this.values[index]) rareOps.loaded.backFirst(build, this, index, gradient);
  }
}

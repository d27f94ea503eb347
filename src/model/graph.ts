// What only models of `model()` need, whose layers may take several inputs and be applied more than once: who imports
// `sequential` alone does not carry it.

import { GruvyError } from "../base/index.ts";
import { MOST_PORTS, SharedWeights, TimeAxis } from "../engine/index.ts";
import { axesOf, type BuiltModel, buildOnce, type InputSpec } from "./build.ts";
import { beginWith } from "./layers/given-states.ts";
import type { Graph, Network } from "./network.ts";

export const graph: Graph = { build, beginWith, newPool: () => new SharedWeights() };

function build(network: Network, given: readonly InputSpec[], seed: number): BuiltModel {
  if (given.length > MOST_PORTS || network.outputs.length > MOST_PORTS) {
    throw new GruvyError(
      "model/size",
      `Expected at most ${MOST_PORTS} inputs and as many outputs, found ${given.length} and ${network.outputs.length}`,
    );
  }
  const axes = new Axes(given);
  const batchSize = batchOf(given);
  for (;;) {
    const { specs, all } = axes;
    const built = buildOnce(network, { specs, axes: all, batchSize, align: (a, b) => axes.align(a, b) }, seed);
    // Where sequences have met whose lengths had been taken for independent, all is built anew for one length.
    if (!axes.joined) return built;
    axes.settle();
  }
}

/** Rows of every batch, where an input fixes them. */
function batchOf(specs: readonly InputSpec[]): number | undefined {
  const [size, ...others] = new Set(specs.flatMap(({ batchSize }) => batchSize ?? []));
  if (others.length === 0) return size;
  throw new GruvyError(
    "model/shape",
    `Expected one batchSize for all inputs, found ${[size, ...others].join(" and ")}`,
  );
}

/** Which time axis each input has, where some turn out to need as many steps as others. */
class Axes {
  readonly specs: InputSpec[];
  readonly all: (TimeAxis | undefined)[];
  /** What an axis was joined to, which values that were made before still have. */
  private readonly became = new Map<TimeAxis, TimeAxis>();
  /** Whether some have been joined since they were handed out. */
  joined = false;

  constructor(specs: readonly InputSpec[]) {
    this.specs = [...specs];
    this.all = axesOf(specs);
  }

  /** Numbers those that are left without gaps. */
  settle(): void {
    const left = [...new Set(this.all)].filter((axis) => axis !== undefined);
    const again = new Map(left.map((axis, index) => [axis, new TimeAxis(index)]));
    this.all.forEach((axis, input) => {
      if (axis) this.all[input] = again.get(axis);
    });
    this.joined = false;
  }

  align(one: TimeAxis, other: TimeAxis): boolean {
    const [a, b] = [this.now(one), this.now(other)];
    if (a === b) return true;
    const of = (axis: TimeAxis) => this.all.flatMap((own, input) => (own === axis ? [input] : []));
    const [left, right] = [of(a), of(b)];
    if (left.length === 0 || right.length === 0) return false;
    const steps = [left[0], right[0]].map((input) => this.specs[input].steps);
    if (steps[0] !== null && steps[1] !== null && steps[0] !== steps[1]) return false;
    for (const input of right) this.all[input] = a;
    this.became.set(b, a);
    for (const input of [...left, ...right]) this.specs[input] = { ...this.specs[input], steps: steps[0] ?? steps[1] };
    this.joined = true;
    return true;
  }

  private now(axis: TimeAxis): TimeAxis {
    const next = this.became.get(axis);
    return next ? this.now(next) : axis;
  }
}

import { GruvyError } from "../../base/index.ts";
import { activePool, usePool, type Weight, type WeightPool } from "./weight.ts";

/**
 * The weights of a layer that is applied more than once: made by the first application, found by the others. While
 * `apply` runs, every op that is made takes its weights from here, so that no layer need know of it.
 */
export class SharedWeights implements WeightPool {
  private readonly byPath = new Map<string, Weight>();
  private readonly turns = new Map<string, number>();

  apply<T>(make: () => T): T {
    const outer = activePool();
    // What is inside of a shared model is shared with it.
    usePool(outer ?? this);
    try {
      return make();
    } finally {
      usePool(outer);
    }
  }

  turn(path: string): number {
    const before = this.turns.get(path) ?? 0;
    this.turns.set(path, before + 1);
    return before;
  }

  get(path: string, shape: readonly number[], make: () => Weight): Weight {
    const known = this.byPath.get(path);
    if (known && known.shape.join() !== shape.join()) {
      throw new GruvyError(
        "model/shape",
        `A layer is applied to inputs of different sizes: "${path}" would be [${known.shape.join(", ")}] and [${shape.join(", ")}]`,
        "Use a layer for each size.",
      );
    }
    const weight = known ?? make();
    this.byPath.set(path, weight);
    return weight;
  }
}

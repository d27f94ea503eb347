// Whether rows or sequences flow where: ours applies a model of rows to each step of a sequence, and in Keras its input must
// say that there are steps.

import { GruvyError, shown } from "../../base/index.ts";
import type { Json } from "../../model/index.ts";
import { namedLayers, type OwnLayer } from "../own-layers.ts";
import { keepsMask } from "./masks.ts";
import { modelClass, ruleOf } from "./places.ts";
import { type Source, type Wiring, wiringOf } from "./wiring.ts";

/** How many dimensions all has, its rows included, that the calls of a model give. */
export class Ranks {
  private readonly wiring: Wiring;
  private readonly given: readonly number[];
  private readonly found: ((index: number) => number)[] = [];

  /** `given`: those of what the model is applied to, where it stands in the place of a layer. */
  constructor(wiring: Wiring, given: readonly number[] = []) {
    this.wiring = wiring;
    this.given = given;
    for (const call of wiring.calls.keys()) this.found.push(this.find(call));
  }

  of({ call, index }: Source): number {
    return this.found[call](index);
  }

  /** Of what the calls of an inner model are given; undefined where it is never applied. */
  givenTo(inner: OwnLayer): number[] | undefined {
    const { layers, calls } = this.wiring;
    const lists = calls
      .filter(({ layer }) => layers[layer] === inner)
      .map(({ inputs }) => inputs.map((input) => this.of(input)));
    if (new Set(lists.map((list) => list.join())).size <= 1) return lists[0];
    throw new GruvyError(
      "model/keras-layer",
      `Cannot write the model ${shown(inner.name ?? inner.kind)}: it is applied to rows and to the steps of sequences, and in Keras to one of both`,
      "Apply it to the sequences within a timeDistributed.",
    );
  }

  /** The shape of an input of the model, with the steps of what it is given. */
  shapeOf(place: number): readonly Json[] {
    const { layers, calls, inputs } = this.wiring;
    const shape = layers[place].config.shape as readonly Json[];
    const input = inputs.findIndex(({ call }) => calls[call].layer === place);
    return this.given[input] > shape.length + 1 ? [null, ...shape] : shape;
  }

  private find(call: number): (index: number) => number {
    const { layers, calls, inputs } = this.wiring;
    const { layer: place, inputs: from } = calls[call];
    const layer = layers[place];
    if (layer.kind === "input") {
      const given = this.given[inputs.findIndex((input) => input.call === call)];
      // A stack that does not say what it takes, in a timeDistributed.
      return () => given ?? ((layer.config.shape ?? [null]) as readonly Json[]).length + 1;
    }
    const taken = from.map((source) => this.of(source));
    if (modelClass(layer) !== undefined) {
      const inner = wiringOf(layer, namedLayers(layer.config.layers as unknown as OwnLayer[]));
      const within = new Ranks(inner, taken);
      return (index) => within.of(inner.outputs[index]);
    }
    const [, rule] = ruleOf(layer);
    const rank = rule.rank?.(layer.config) ?? taken[0];
    // States have no steps.
    return (index) => (rule.states && index > 0 && !keepsMask(layer, index) ? 2 : rank);
  }
}

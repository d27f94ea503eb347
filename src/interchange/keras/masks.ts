// Where the mask of a sequence comes from: which steps count there.

import { namedLayers, type OwnLayer } from "../own-layers.ts";
import { modelClass, ruleOf } from "./places.ts";
import { type Source, type Wiring, wiringOf } from "./wiring.ts";

/** A step counts where what it is found from differs from a value. */
export interface Marker {
  /** What it is found from; undefined within another model, or in one around. */
  readonly from: Source | undefined;
  readonly value: number;
  /** Whether a step counts where any of its features differs; tokens have none. */
  readonly features: boolean;
  /** Where it is found, for messages. */
  readonly where: string;
}

/** A step counts where one of these says so; without any mask all steps count. */
export type Mask = readonly Marker[] | undefined;

export const keyOf = ({ from, value, where }: Marker): string =>
  from ? `${from.call} ${from.index} ${value}` : `in ${where} ${value}`;

export function sameMask(a: Mask, b: Mask): boolean {
  if (a === undefined || b === undefined) return a === b;
  const keys = new Set(a.map(keyOf));
  return keys.size === new Set(b.map(keyOf)).size && b.every((marker) => keys.has(keyOf(marker)));
}

/** That of several merged: where one of them has no mask, all steps count. */
export const united = (masks: readonly Mask[]): Mask =>
  masks.includes(undefined)
    ? undefined
    : [...new Map(masks.flatMap((mask) => mask!.map((marker) => [keyOf(marker), marker] as const))).values()];

export const attends = ({ kind }: OwnLayer): boolean => kind === "attention" || kind === "additiveAttention";

/** The outputs of a call that have the mask of its sequence: not the states. */
export function keepsMask({ kind, config }: OwnLayer, index: number): boolean {
  const walks = (kind === "bidirectional" ? (config.layer as unknown as OwnLayer) : { config }).config;
  if (walks.returnSequences !== true) return false;
  return index === 0 || (index === 1 && kind === "bidirectional" && config.mergeMode === null);
}

/** The masks of a model's sequences. */
export class Masks {
  private readonly wiring: Wiring;
  private readonly given: readonly Mask[];
  private readonly locate: (source: Source) => Source | undefined;
  private readonly path: string;
  private readonly known = new Map<string, Mask>();
  private readonly inner = new Map<number, Masks>();
  private reached = 0;

  /**
   * `given`: the masks of the inputs. `locate`: where what a call gives is found in the model for which masks are asked;
   * by default that is this model.
   */
  constructor(
    wiring: Wiring,
    given: readonly Mask[] = [],
    locate: (source: Source) => Source | undefined = (source) => source,
    path = "",
  ) {
    this.wiring = wiring;
    this.given = given;
    this.locate = locate;
    this.path = path;
  }

  /**
   * The mask of what a call gives. `deep`: as it is when the model runs; else as Keras knows it when it puts the model
   * together, where those do not count that come out of another model or from a model around.
   */
  of(source: Source, deep = true): Mask {
    // In order, so that a long chain of layers is no deep stack of function calls.
    for (; this.reached < source.call; this.reached++) {
      for (const index of [0, 1]) for (const how of [false, true]) this.remembered({ call: this.reached, index }, how);
    }
    return this.remembered(source, deep);
  }

  private remembered(source: Source, deep: boolean): Mask {
    const key = `${source.call} ${source.index} ${deep}`;
    if (!this.known.has(key)) this.known.set(key, this.find(source, deep));
    return this.known.get(key);
  }

  private find({ call, index }: Source, deep: boolean): Mask {
    const { layer: place, inputs } = this.wiring.calls[call];
    const layer = this.wiring.layers[place];
    if (layer.kind === "input") return deep ? this.given[this.inputAt(call)] : undefined;
    if (layer.kind === "embedding")
      return layer.config.maskZero === true ? [this.marker(layer, inputs[0], 0)] : undefined;
    if (layer.kind === "masking") return [this.marker(layer, inputs[0], Number(layer.config.maskValue ?? 0))];
    if (modelClass(layer) !== undefined) {
      if (!deep) return undefined;
      const inner = this.within(call);
      const output = inner.wiring.outputs[index];
      return output && inner.of(output);
    }
    const [, rule] = ruleOf(layer);
    if (rule.endsMask || (rule.states && !keepsMask(layer, index))) return undefined;
    if (rule.merges && !attends(layer)) return united(inputs.map((input) => this.remembered(input, deep)));
    return this.remembered(inputs[0], deep);
  }

  private inputAt(call: number): number {
    return this.wiring.inputs.findIndex((input) => input.call === call);
  }

  private marker({ kind, name }: OwnLayer, input: Source, value: number): Marker {
    return { from: this.locate(input), value, features: kind === "masking", where: `${this.path}${name || kind}` };
  }

  /** The masks within a call of a model. */
  private within(call: number): Masks {
    const found = this.inner.get(call);
    if (found) return found;
    const { layer: place, inputs } = this.wiring.calls[call];
    const layer = this.wiring.layers[place];
    const wiring = wiringOf(layer, namedLayers(layer.config.layers as unknown as OwnLayer[]));
    const places = inputs.map((input) => this.locate(input));
    const made = new Masks(
      wiring,
      inputs.map((input) => this.remembered(input, true)),
      // Of what is within another model its inputs alone can be reached from here.
      (source) => places[wiring.inputs.findIndex((input) => input.call === source.call)],
      `${this.path}${layer.name || layer.kind}/`,
    );
    this.inner.set(call, made);
    return made;
  }
}

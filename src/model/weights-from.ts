import { GruvyError, shown } from "../base/index.ts";
import type { Weight } from "../engine/index.ts";
import type { BuiltLayer, BuiltModel } from "./build.ts";

/**
 * For each weight of a model, in their order, its place among those of another: that of the same layer, or of the layer
 * that was given the same name.
 */
export function placesIn(other: BuiltModel, own: BuiltModel): number[] {
  const partners = new Map<Weight, Weight>();
  const alone: string[] = [];
  for (const { layer, name, weights } of own.layers) {
    if (weights.length === 0) continue;
    const partner = partnerOf(layer, other);
    if (!partner) alone.push(name);
    else if (partner.weights.length !== weights.length) throw unlike(name, weights.length, partner.weights.length);
    else for (const [i, weight] of weights.entries()) partners.set(weight, partner.weights[i]);
  }
  if (alone.length === 0) return own.weights.map((weight) => other.weights.indexOf(partners.get(weight)!));
  throw new GruvyError(
    "model/weights",
    `Expected the other model to have every layer of this one that learns, found no ${alone.map(shown).join(", ")}`,
    "Apply the same layer in both models, or give those that belong together the same name.",
  );
}

function partnerOf(layer: BuiltLayer["layer"], { layers }: BuiltModel): BuiltLayer | undefined {
  const same = layers.find((one) => one.layer === layer);
  // Names that were not given are counted within each model and say nothing.
  return same ?? (layer.name === undefined ? undefined : layers.find((one) => one.layer.name === layer.name));
}

const unlike = (name: string, expected: number, found: number): GruvyError =>
  new GruvyError("model/weights", `Expected ${expected} weights for layer "${name}", found ${found}`);

export const notAModel = (found: unknown): GruvyError =>
  new GruvyError("model/weights", `Expected a model to take weights from, found ${shown(found)}`);

import { counted, GruvyError } from "../base/index.ts";
import { applyNetwork, takesTokens } from "./build.ts";
import { declaredShape, headOf } from "./input-spec.ts";
import {
  type AnyLayer,
  innerContext,
  type JsonObject,
  layerOf,
  type Symbolic,
  seedOfUse,
  shapeOf,
} from "./layers/layer.ts";
import type { Network } from "./network.ts";

/** A model in the part of a layer. Its layers are named and draw random numbers within the model around it. */
export function layerOfNetwork(
  parts: { readonly kind: string; readonly name: string | undefined; readonly config: JsonObject },
  network: Network,
  { list }: { readonly list: boolean },
): AnyLayer {
  const { layers, inputs } = network;
  const head = headOf(network);
  const perStep = layers.every((layer) => layer.kind === "input" || layer.perStep);
  return layerOf<unknown>({
    ...parts,
    learning: layers.flatMap(({ learning = [] }) => learning),
    ...(list ? { outputs: network.outputs.length } : {}),
    ...(head ? { head } : {}),
    ...(perStep ? { perStep } : {}),
    ...(layers.some((layer) => layer.needsSteps) ? { needsSteps: true } : {}),
    takesTokens: (input) => takesTokens(network, input),
    buildAll(given, context) {
      if (given.length !== inputs.length) {
        throw new GruvyError(
          "model/inputs",
          `The model "${context.name}" takes ${counted(inputs.length, "input")}, found ${given.length}`,
        );
      }
      for (const { layer, from } of network.calls) {
        const declared = declaredShape(layers[layer]);
        if (declared && "input" in from[0]) checkShape(given[from[0].input], declared, context.name, perStep);
      }
      const { outputs, applied } = applyNetwork(network, given, (layer, name, place, use) => {
        const inner = innerContext(context, name, layer, place);
        return { ...inner, seed: seedOfUse(inner.seed, use), use: inner.use * 64 + use };
      });
      for (const { starts } of applied) for (const [weight, start] of starts) context.initialize(weight, start);
      return outputs;
    },
  });
}

/** Refuses what an inner model's own input does not allow for. */
function checkShape(given: Symbolic, declared: readonly (number | null)[], name: string, perStep: boolean): void {
  const shape = shapeOf(given).slice(1);
  // Steps of each of which a model makes a row of its own.
  const rows = perStep && shape.length === declared.length + 1 ? shape.slice(1) : shape;
  const fits = rows.length === declared.length && declared.every((size, i) => size === null || size === rows[i]);
  if (fits) return;
  const text = (sizes: readonly (number | null)[]) => `[${sizes.map((size) => size ?? "steps").join(", ")}]`;
  throw new GruvyError(
    "model/shape",
    `The model "${name}" expects an input of shape ${text(declared)}, found ${text(shape)}`,
  );
}

import type { JsonObject, Model } from "../model/index.ts";

/** A layer as `toConfig` describes it. */
export interface OwnLayer {
  readonly kind: string;
  readonly name?: string;
  readonly config: JsonObject;
}

export type NamedLayer = OwnLayer & { readonly name: string };

/** The layers of a model, inputs among them, each by the name that it has in the model. */
export const ownLayers = (model: Model<unknown>): NamedLayer[] =>
  namedLayers((model.toConfig() as unknown as { layers: readonly OwnLayer[] }).layers);

/** Names are given as in a model: by kind, and counted. */
export function namedLayers(layers: readonly OwnLayer[]): NamedLayer[] {
  const taken = new Set(layers.flatMap(({ name }) => name ?? []));
  const counts = new Map<string, number>();
  const free = (base: string): string => {
    for (;;) {
      const count = counts.get(base) ?? 0;
      counts.set(base, count + 1);
      const name = count === 0 ? base : `${base}_${count}`;
      if (!taken.has(name)) return name;
    }
  };
  return layers.map((layer) => ({ ...layer, name: layer.name ?? free(snake(layer.kind)) }));
}

/** Keras's word for a kind: "simple_rnn". */
const snake = (kind: string): string => kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

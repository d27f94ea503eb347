import type { JsonObject, Sequential } from "../model/index.ts";

/** A layer as `toConfig` describes it. */
export interface OwnLayer {
  readonly kind: string;
  readonly name?: string;
  readonly config: JsonObject;
}

/** The layers of a model without its input, each by the name that it has in the model. */
export function ownLayers(model: Sequential): (OwnLayer & { readonly name: string })[] {
  const { layers } = model.toConfig() as unknown as { layers: readonly OwnLayer[] };
  const rest = layers.filter(({ kind }) => kind !== "input");
  const taken = new Set(rest.flatMap(({ name }) => name ?? []));
  const counts = new Map<string, number>();
  const free = (base: string): string => {
    for (;;) {
      const count = counts.get(base) ?? 0;
      counts.set(base, count + 1);
      const name = count === 0 ? base : `${base}_${count}`;
      if (!taken.has(name)) return name;
    }
  };
  return rest.map((layer) => ({ ...layer, name: layer.name ?? free(snake(layer.kind)) }));
}

/** Keras's word for a kind: "simple_rnn". */
const snake = (kind: string): string => kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

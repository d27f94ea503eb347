// Calls of a functional model, as Keras writes them: what a layer is applied to, and what else it is told.

import type { Json, JsonObject } from "../../model/index.ts";
import type { NamedLayer, OwnLayer } from "../own-layers.ts";
import type { Masks } from "./masks.ts";
import { modelClass, ruleOf } from "./places.ts";
import { member } from "./values.ts";
import type { OwnCall, Source, Wiring } from "./wiring.ts";
import { MaskWriter, type Refuse, refuseHidden, tensor } from "./write-masks.ts";

/** Writes the calls of a model, and the operations by which masks are found. */
export class CallWriter {
  private readonly wiring: Wiring<NamedLayer>;
  private readonly masks: MaskWriter;

  constructor(wiring: Wiring<NamedLayer>, masks: Masks, refuse: Refuse = refuseHidden) {
    this.wiring = wiring;
    this.masks = new MaskWriter(wiring, masks, (source) => tensor(this.history(source)), refuse);
  }

  /** Beside the layers, once all calls are written. */
  get operations(): readonly JsonObject[] {
    return this.masks.operations;
  }

  history({ call, index }: Source): Json[] {
    const { layers, calls } = this.wiring;
    const { layer } = calls[call];
    return [layers[layer].name, calls.slice(0, call).filter((other) => other.layer === layer).length, index];
  }

  /** All calls of a layer. */
  callsOf(place: number): JsonObject[] {
    const { layers, calls } = this.wiring;
    const own = layers[place].kind === "input" ? [] : calls.filter(({ layer }) => layer === place);
    return own.map((call) => this.write(call));
  }

  private write({ layer: place, inputs }: OwnCall): JsonObject {
    const layer = this.wiring.layers[place];
    const model = modelClass(layer) !== undefined;
    const rule = model ? undefined : ruleOf(layer)[1];
    const tensors = inputs.map((source) => tensor(this.history(source)));
    if (rule?.states && inputs.length > 1) {
      const [sequence, ...states] = tensors;
      const mask = this.masks.told(inputs[0], layer.name, true);
      return { args: [sequence], kwargs: { initial_state: grouped(states, layer), ...(mask ? { mask } : {}) } };
    }
    const list = rule?.merges === true || tensors.length > 1;
    const told = Object.entries(rule?.call ?? {}).filter(([, option]) => member(layer.config, option) === true);
    const masks =
      model || rule?.masked ? inputs.map((source) => this.masks.told(source, layer.name, false) ?? null) : [];
    const mask: JsonObject = masks.some((one) => one !== null) ? { mask: list ? masks : masks[0] } : {};
    return {
      args: list ? [tensors] : tensors,
      kwargs: { ...Object.fromEntries(told.map(([argument]) => [argument, true])), ...mask },
    };
  }
}

/** The states of stacked cells: a list for each cell, since Keras on JAX takes a state alone for that of the last one. */
function grouped(states: readonly Json[], { kind, config }: OwnLayer): Json {
  if (states.length === 1) return states[0];
  const around = kind === "bidirectional" ? (config.layer as unknown as OwnLayer) : undefined;
  const cells = (around ?? { config }).config.cells as unknown as readonly OwnLayer[] | undefined;
  if (!cells || cells.length === 1) return states;
  const left = [...states];
  const both = around ? [...cells, ...cells] : cells;
  return both.map((cell) => left.splice(0, cell.kind === "lstmCell" ? 2 : 1));
}

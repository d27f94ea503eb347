// The operations by which Keras computes masks, beside the layers of a functional model: those that it writes itself.

import { GruvyError, shown } from "../../base/index.ts";
import type { Json, JsonObject } from "../../model/index.ts";
import type { NamedLayer } from "../own-layers.ts";
import { folderOf } from "./layers.ts";
import { attends, keepsMask, type Marker, type Masks, sameMask } from "./masks.ts";
import { modelClass, ruleOf } from "./places.ts";
import type { Source, Wiring } from "./wiring.ts";

/** An operation that is written once somebody asks for what it gives. */
class Operation {
  written: Json | undefined;
  readonly type: string;
  readonly args: readonly (Json | Operation | readonly (Json | Operation)[])[];
  readonly options: JsonObject;

  constructor(type: string, args: Operation["args"], options: JsonObject = {}) {
    this.type = type;
    this.args = args;
    this.options = options;
  }
}

/** Keras finds a tensor by its history, and its shape and type from there. */
export const tensor = (history: readonly Json[]): Json => ({
  class_name: "__keras_tensor__",
  config: { shape: [null], dtype: "float32", keras_history: history },
});

/** Called where Keras cannot be told a mask that a layer must have. */
export type Refuse = (reader: string, hidden: Marker) => void;

/** A mask from within another model, or around, is of no tensor that Keras knows beside the layer. */
export const refuseHidden: Refuse = (reader, { where }) => {
  throw new GruvyError(
    "model/keras-layer",
    `Cannot write the call of layer ${shown(reader)}: Keras must be told its mask, and that is made by layer ${shown(where)}, in another model`,
    "Apply the layers of the inner model to each other in the outer one, without a model between them.",
  );
};

/** Writes the masks that calls of a model are told. */
export class MaskWriter {
  /** Those written until now. */
  readonly operations: JsonObject[] = [];
  private readonly wiring: Wiring<NamedLayer>;
  private readonly masks: Masks;
  private readonly tensorOf: (source: Source) => Json;
  private readonly refuse: Refuse;
  private readonly taken: Set<string>;
  private readonly counts = new Map<string, number>();
  private readonly found: (Operation | undefined)[] = [];

  constructor(wiring: Wiring<NamedLayer>, masks: Masks, tensorOf: (source: Source) => Json, refuse: Refuse) {
    this.wiring = wiring;
    this.masks = masks;
    this.tensorOf = tensorOf;
    this.refuse = refuse;
    this.taken = new Set(wiring.layers.map(({ name }) => name));
  }

  /**
   * What a layer is told of the mask of its sequence. Beside states (`always`) Keras hands on no mask that is not told;
   * elsewhere one that comes out of another model is found when the model runs.
   */
  told(source: Source, reader: string, always: boolean): Json | undefined {
    const own = this.operationOf(source);
    const mask = this.masks.of(source);
    if (own && sameMask(this.masks.of(source, false), mask)) return this.write(own);
    if (mask === undefined || !(own || always)) return undefined;
    const hidden = mask.find(({ from }) => from === undefined);
    if (hidden) this.refuse(reader, hidden);
    return hidden ? undefined : this.write(either(mask.map((marker) => this.differs(marker))));
  }

  /** How Keras computes a mask when it puts the model together. */
  private operationOf(source: Source): Operation | undefined {
    // In order, so that a long chain of layers is no deep stack of function calls.
    for (let call = this.found.length; call <= source.call; call++) this.found.push(this.find(call));
    return this.handsOn(source) ? this.found[source.call] : undefined;
  }

  private handsOn({ call, index }: Source): boolean {
    const layer = this.wiring.layers[this.wiring.calls[call].layer];
    if (layer.kind === "input" || modelClass(layer) !== undefined) return false;
    const [, rule] = ruleOf(layer);
    return !rule.endsMask && (!rule.states || keepsMask(layer, index));
  }

  private find(call: number): Operation | undefined {
    const { layer: place, inputs } = this.wiring.calls[call];
    const layer = this.wiring.layers[place];
    if (!this.handsOn({ call, index: 0 })) return undefined;
    if (layer.kind === "embedding" || layer.kind === "masking") {
      const [marker] = this.masks.of({ call, index: 0 }) ?? [];
      return marker && this.differs(marker);
    }
    const given = inputs.map((input) => this.operationOf(input));
    const [first] = given;
    if (attends(layer)) {
      return first && new Operation("ConvertToTensor", [first], { dtype: null, sparse: null, ragged: null });
    }
    if (!ruleOf(layer)[1].merges) return first;
    if (layer.kind === "concatenate") return given.some(Boolean) ? this.beside(inputs, given) : undefined;
    return given.every((mask) => mask !== undefined) ? either(given) : undefined;
  }

  /** A step counts where one of the features that lie side by side does. */
  private beside(inputs: readonly Source[], given: readonly (Operation | undefined)[]): Operation {
    const parts = inputs.map((input, i) => {
      const mask = given[i];
      const like = (type: string) => new Operation(type, [this.tensorOf(input)], { dtype: "bool" });
      if (!mask) return like("OnesLike");
      return new Operation("LogicalOr", [new Operation("ExpandDims", [mask], { axis: -1 }), like("ZerosLike")]);
    });
    return new Operation("Any", [new Operation("Concatenate", [parts], { axis: -1 })], { axis: -1, keepdims: false });
  }

  private differs({ from, value, features }: Omit<Marker, "where">): Operation {
    const differs = new Operation("NotEqual", [this.tensorOf(from!), value]);
    return features ? new Operation("Any", [differs], { axis: -1, keepdims: false }) : differs;
  }

  private write(operation: Operation): Json {
    operation.written ??= this.add(operation);
    return operation.written;
  }

  private add({ type, args, options }: Operation): Json {
    const written = args.map((arg): Json => {
      if (arg instanceof Operation) return this.write(arg);
      return Array.isArray(arg) ? arg.map((one) => (one instanceof Operation ? this.write(one) : one)) : (arg as Json);
    });
    const name = this.free(folderOf(type));
    this.operations.push({
      module: type === "ConvertToTensor" ? "keras.src.ops.core" : "keras.src.ops.numpy",
      class_name: type,
      config: { name, ...options },
      registered_name: type,
      name,
      inbound_nodes: [{ args: written, kwargs: {} }],
    });
    return tensor([name, 0, 0]);
  }

  private free(base: string): string {
    for (;;) {
      const count = this.counts.get(base) ?? 0;
      this.counts.set(base, count + 1);
      const name = count === 0 ? base : `${base}_${count}`;
      if (!this.taken.has(name)) return name;
    }
  }
}

const either = (masks: readonly Operation[]): Operation =>
  masks.slice(1).reduce((all, mask) => new Operation("LogicalOr", [all, mask]), masks[0]);

// Models of layers applied to each other: which output of which call goes where.

import { GruvyError, shown, wordOf } from "../../base/index.ts";
import type { Json, JsonObject } from "../../model/index.ts";
import { callOptions } from "./layers.ts";
import { isOperation, masksOf } from "./mask-operations.ts";
import { Masks, sameMask } from "./masks.ts";
import type { KerasOutputs } from "./outputs.ts";
import { type LayerPlace, placesOf } from "./places.ts";
import { callsOf, type Ends, endsOf, listOf, type Reference, reference } from "./read-call.ts";
import { isModel, placed, type ReadLayer, ruleAt } from "./read-layer.ts";
import { member, type Place, refusedOption } from "./values.ts";
import { wiringOf } from "./wiring.ts";

/** The layers and calls of a functional model, as `toConfig` describes them. */
export interface ReadFunctional {
  readonly wiring: JsonObject;
  readonly outputs: KerasOutputs;
  readonly layers: readonly LayerPlace[];
  readonly rank: number | undefined;
}

/**
 * Reads the config of a functional model; `layerAt` reads a layer, given the dimensions of what it is applied to.
 * `inner`: it stands in the place of a layer, whose inputs and outputs have places and no names.
 */
export function readFunctional(
  model: JsonObject,
  where: string,
  outer: Omit<Place, "what">,
  inner: boolean,
  layerAt: (value: Json, where: string, rank: number | undefined) => ReadLayer,
): ReadFunctional {
  const all = listOf(model.layers, `the layers of ${where}`);
  const given = all.filter((value) => !isOperation(value));
  const operations = all.filter(isOperation);
  const masks = new Set(operations.map((value) => wordOf(member(value, "name"))));
  const names = given.map((value) => wordOf(member(value, "name") ?? member(member(value, "config"), "name")));
  const indices = new Map(names.map((name, index) => [name, index]));
  if (indices.size < names.length) throw broken(where, "two layers have the same name");
  // A layer that there is not here is named before anything of its calls is looked at.
  given.forEach((value, i) => {
    if (member(value, "class_name") !== "InputLayer" && !isModel(value)) ruleAt(value, `layer ${i} of ${where}`);
  });
  const calls = given.flatMap((value, layer) =>
    callsOf(value, names[layer], masks).map((call) => ({ layer, ...call })),
  );
  const first = given.map((_, layer) => calls.findIndex((call) => call.layer === layer));
  const named = ["input_layers", "output_layers"].map((key) =>
    endsOf(member(model, key), `the ${key} of ${where}`, inner),
  );
  const classes = new Map(given.map((value, i) => [names[i], wordOf(member(value, "class_name"))]));
  const older = outer.version < 3;
  // Keras 3 counts the calls of an inner functional model from 1 where the outer one ends, and from 0 elsewhere.
  const ends = named.map(({ list }) => (older ? list : list.map((end) => fromZero(end, classes, list))));
  // Keras 2 counts those of any inner model from the one that it is itself.
  const lowest = new Map<string, number>();
  for (const [name, node] of [...calls.flatMap(({ inputs }) => inputs), ...ends.flat()]) {
    lowest.set(name, older ? Math.min(node, lowest.get(name) ?? node) : 0);
  }
  const callOf = ([name, node]: Reference): number => {
    if (masks.has(name)) throw broken(where, `a layer takes the operation ${shown(name)}, which there is not here`);
    const layer = indices.get(name);
    const index = layer === undefined ? -1 : first[layer] + node - lowest.get(name)!;
    if (index >= 0 && calls[index]?.layer === layer) return index;
    throw broken(where, `it takes something from call ${node} of ${shown(name)}, which there is not`);
  };
  const order = inOrder(
    calls.map(({ inputs }) => inputs.map(callOf)),
    where,
  );
  const read: ReadLayer[] = [];
  const ranks: (number | undefined)[] = [];
  for (const index of order) {
    const { layer, inputs, options } = calls[index];
    // Of several outputs the first alone is known.
    const rank = inputs.length > 0 && inputs[0][2] === 0 ? ranks[callOf(inputs[0])] : undefined;
    read[layer] ??= withOptions(layerAt(given[layer], `layer ${layer} of ${where}`, rank), options);
    checkOptions(read[layer], options, outer);
    ranks[index] = read[layer].rank;
  }
  const unused = given.findIndex((_, layer) => read[layer] === undefined);
  if (unused >= 0) throw broken(where, `the layer ${shown(names[unused])} is never applied`);
  const place = new Map(order.map((index, at) => [index, at]));
  const source = (reference: Reference) => ({ call: place.get(callOf(reference))!, index: reference[2] });
  const arranged = ({ names }: Ends, list: readonly Reference[]): Json =>
    names
      ? (Object.fromEntries(names.map((name, i) => [name, source(list[i])])) as JsonObject)
      : list.length === 1
        ? source(list[0])
        : list.map(source);
  const wiring = {
    layers: read.map(({ layer }) => layer),
    calls: order.map((index) => ({ layer: calls[index].layer, inputs: calls[index].inputs.map(source) })),
    inputs: arranged(named[0], ends[0]),
    outputs: arranged(named[1], ends[1]),
  };
  const told = masksOf(
    operations,
    (inputs) => inOrder(inputs, where),
    (history) => source(reference(history, where)),
  );
  const own = new Masks(wiringOf({ kind: "functional", config: wiring }, wiring.layers));
  for (const call of calls) {
    const sources = call.inputs.map(source);
    call.masks.forEach((mask, i) => {
      if (mask === undefined || (sources[i] && sameMask(told.get(mask), own.of(sources[i])))) return;
      throw new GruvyError(
        "model/keras-option",
        `Cannot read a call of layer ${shown(names[call.layer])}: it is told another mask than that of what it is applied to`,
        "Here a layer has the mask of its input.",
      );
    });
    if (!call.losesMask || own.of(sources[0]) === undefined) continue;
    outer.warn(
      `Layer ${shown(names[call.layer])} is called with states to start from, and Keras does not hand the mask of the sequence on to it; here it looks at the mask, and masked steps give other answers.`,
    );
  }
  const places = placesOf(given.map((value) => wordOf(member(value, "class_name"))));
  return {
    wiring,
    outputs: { names: named[1].names ?? ends[1].map(([name]) => name), byName: named[1].names !== undefined },
    layers: read.flatMap((layer, i) => placed(layer, places[i])),
    rank: ends[1].length === 1 ? ranks[callOf(ends[1][0])] : undefined,
  };
}

/** A call counted from 0, of a layer of one of some classes. What counts from 0 already says so somewhere. */
function fromZero(end: Reference, classes: ReadonlyMap<string, string>, all: readonly Reference[]): Reference {
  const [name, node, output] = end;
  const counted = classes.get(name) === "Functional" && !all.some(([other, call]) => other === name && call === 0);
  return counted ? [name, node - 1, output] : end;
}

const withOptions = (read: ReadLayer, options: JsonObject): ReadLayer => ({
  ...read,
  layer: { ...read.layer, config: { ...read.layer.config, ...options } },
});

/** What ours says once, and Keras at each call, must be the same at all of them. */
function checkOptions({ layer, own }: ReadLayer, options: JsonObject, outer: Omit<Place, "what">): void {
  for (const option of callOptions) {
    const value = member(options, option) ?? false;
    if (value === (member(layer.config, option) ?? false)) continue;
    throw refusedOption(
      { ...outer, what: `a call of layer ${shown(own)}` },
      option,
      value,
      "Its first call says otherwise.",
    );
  }
}

function broken(where: string, what: string): GruvyError {
  return new GruvyError("model/config", `The calls of ${where} do not fit together: ${what}`);
}

/** Every call behind those it takes something from; a circle never gets that far. */
function inOrder(inputs: readonly (readonly number[])[], where: string): number[] {
  const waiting = inputs.map((from) => from.length);
  const readers = inputs.map((): number[] => []);
  for (const [call, from] of inputs.entries()) for (const source of from) readers[source].push(call);
  const order = waiting.flatMap((count, call) => (count === 0 ? [call] : []));
  // A Map's or list's iteration goes on to what is added meanwhile.
  for (const call of order) {
    for (const reader of readers[call]) if (--waiting[reader] === 0) order.push(reader);
  }
  if (order.length < inputs.length) throw broken(where, "they go round in a circle");
  return order;
}

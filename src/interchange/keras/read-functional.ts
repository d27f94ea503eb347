// Models of layers applied to each other: which output of which call goes where.

import { GruvyError, shown } from "../../base/index.ts";
import type { Json, JsonObject } from "../../model/index.ts";
import { checkMasks, historyOf, isOperation } from "./mask-operations.ts";
import { type LayerPlace, placesOf } from "./places.ts";
import { placed, type ReadLayer } from "./read-layer.ts";
import { isObject, member, refusedOption } from "./values.ts";

/** An output of a call of a layer: its name, which of its calls, which of the outputs. */
type Reference = readonly [layer: string, node: number, output: number];

interface Node {
  readonly layer: number;
  readonly inputs: readonly Reference[];
}

/** The layers and calls of a functional model, as `toConfig` describes them. */
export interface ReadFunctional {
  readonly wiring: JsonObject;
  readonly layers: readonly LayerPlace[];
  readonly rank: number | undefined;
}

/** Reads the config of a functional model; `layerAt` reads a layer, given the dimensions of what it is applied to. */
export function readFunctional(
  model: JsonObject,
  where: string,
  layerAt: (value: Json, where: string, rank: number | undefined) => ReadLayer,
): ReadFunctional {
  const all = listOf(model.layers, `the layers of ${where}`);
  const given = all.filter((value) => !isOperation(value));
  const operations = all.filter(isOperation);
  checkMasks(operations, given);
  const masks = new Set(operations.map((value) => String(member(value, "name"))));
  const names = given.map((value) => String(member(value, "name") ?? member(member(value, "config"), "name")));
  const indices = new Map(names.map((name, index) => [name, index]));
  if (indices.size < names.length) throw broken(where, "two layers have the same name");
  const calls = given.flatMap((value, layer) => nodesOf(value, layer, names[layer], masks));
  const first = given.map((_, layer) => calls.findIndex((call) => call.layer === layer));
  // Of a model in the place of a layer, calls may be counted from the one that it is itself.
  const lowest = new Map<string, number>();
  const ends = ["input_layers", "output_layers"].map((key) => references(member(model, key), `the ${key} of ${where}`));
  for (const [name, node] of [...calls.flatMap(({ inputs }) => inputs), ...ends.flat()]) {
    lowest.set(name, Math.min(node, lowest.get(name) ?? node));
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
    const { layer, inputs } = calls[index];
    const rank = inputs.length > 0 ? ranks[callOf(inputs[0])] : undefined;
    read[layer] ??= layerAt(given[layer], `layer ${layer} of ${where}`, rank);
    ranks[index] = read[layer].rank;
  }
  const unused = given.findIndex((_, layer) => read[layer] === undefined);
  if (unused >= 0) throw broken(where, `the layer ${shown(names[unused])} is never applied`);
  const place = new Map(order.map((index, at) => [index, at]));
  const source = (reference: Reference) => ({ call: place.get(callOf(reference))!, index: reference[2] });
  const arranged = (list: readonly Reference[]): Json => (list.length === 1 ? source(list[0]) : list.map(source));
  const places = placesOf(given.map((value) => String(member(value, "class_name"))));
  return {
    wiring: {
      layers: read.map(({ layer }) => layer),
      calls: order.map((index) => ({ layer: calls[index].layer, inputs: calls[index].inputs.map(source) })),
      inputs: arranged(ends[0]),
      outputs: arranged(ends[1]),
    },
    layers: read.flatMap((layer, i) => placed(layer, places[i])),
    rank: ends[1].length === 1 ? ranks[callOf(ends[1][0])] : undefined,
  };
}

function broken(where: string, what: string): GruvyError {
  return new GruvyError("model/config", `The calls of ${where} do not fit together: ${what}`);
}

function listOf(value: Json | undefined, what: string): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  throw new GruvyError("model/config", `Expected a list for ${what}, found ${shown(value)}`);
}

/** The calls of a layer; an input has one, of nothing. */
function nodesOf(value: Json, layer: number, name: string, masks: ReadonlySet<string>): Node[] {
  if (member(value, "class_name") === "InputLayer") return [{ layer, inputs: [] }];
  return listOf(member(value, "inbound_nodes"), `the inbound_nodes of ${shown(name)}`).map((node) => ({
    layer,
    inputs: Array.isArray(node) ? olderInputs(node as readonly Json[], name) : inputsOf(node, name, masks),
  }));
}

/** Keras 3: `{ args, kwargs }` with a tensor, or a list of them, in front; others stand for what ours does not take. */
function inputsOf(node: Json, name: string, masks: ReadonlySet<string>): Reference[] {
  const place = { what: `a call of layer ${shown(name)}`, version: 3, warn: () => {} };
  const [tensors, ...others] = listOf(member(node, "args"), `the arguments of ${shown(name)}`);
  const more = [
    ...others.map((value) => ["argument", value] as const),
    ...Object.entries(member(node, "kwargs") ?? {}),
  ];
  for (const [option, value] of more) {
    if (value === null || value === false || option === "training") continue;
    if (option === "mask" && [value].flat(1).every((mask) => isMask(mask, masks))) continue;
    throw refusedOption(place, option, value);
  }
  return [tensors].flat(1).map((tensor) => {
    const history = historyOf(tensor);
    if (history === undefined) throw refusedOption(place, "argument", tensor);
    return reference(history, place.what);
  });
}

/** A mask that comes from the operations beside the layers. */
function isMask(value: Json, masks: ReadonlySet<string>): boolean {
  const history = historyOf(value);
  return value === null || (Array.isArray(history) && masks.has(String(history[0])));
}

/** Keras 2: a list of `[layer, node, output, options]`. */
function olderInputs(node: readonly Json[], name: string): Reference[] {
  const list = typeof node[0] === "string" ? [node as Json] : node;
  return list.map((input) => {
    const options = Array.isArray(input) ? input[3] : undefined;
    for (const [option, value] of Object.entries(isObject(options) ? options : {})) {
      const place = { what: `a call of layer ${shown(name)}`, version: 2, warn: () => {} };
      if (value !== null && option !== "training") throw refusedOption(place, option, value);
    }
    return reference(input, `a call of layer ${shown(name)}`);
  });
}

function reference(value: Json | undefined, what: string): Reference {
  const [layer, node, output] = Array.isArray(value) ? value : [];
  const whole = [node, output].every((number) => Number.isSafeInteger(number) && (number as number) >= 0);
  if (typeof layer === "string" && whole) return [layer, node as number, output as number];
  throw new GruvyError("model/config", `Expected a layer, a call and an output in ${what}, found ${shown(value)}`);
}

/** One reference, a list of them, or several by name. */
function references(value: Json | undefined, what: string): Reference[] {
  const list = isObject(value) ? Object.values(value) : listOf(value, what);
  return typeof list[0] === "string" ? [reference(list, what)] : list.map((one) => reference(one, what));
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

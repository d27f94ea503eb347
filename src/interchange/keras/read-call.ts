// A call of a layer: what it is applied to, and what else it is told.

import { GruvyError, shown, wordOf } from "../../base/index.ts";
import type { Json, JsonObject } from "../../model/index.ts";
import { layerRules } from "./layers.ts";
import { historyOf } from "./mask-operations.ts";
import { inNameOrder } from "./outputs.ts";
import { isObject, member, type Place, refusedOption } from "./values.ts";

/** An output of a call of a layer: its name, which of its calls, which of the outputs. */
export type Reference = readonly [layer: string, node: number, output: number];

export interface ReadCall {
  /** Of recurrent layers with the states to start from behind what they are applied to. */
  readonly inputs: readonly Reference[];
  /** What ours has among the options of the layer. */
  readonly options: JsonObject;
  /** Names of the operations that make the mask of each input, as far as Keras is told it. */
  readonly masks: readonly (string | undefined)[];
  /** Whether Keras leaves the mask out here that the sequence may have. */
  readonly losesMask: boolean;
}

/** The calls of a layer; an input has one, of nothing. `masks`: names of operations that make masks. */
export function callsOf(value: Json, name: string, masks: ReadonlySet<string>): ReadCall[] {
  const type = wordOf(member(value, "class_name"));
  if (type === "InputLayer") return [{ inputs: [], options: {}, masks: [], losesMask: false }];
  return listOf(member(value, "inbound_nodes"), `the inbound_nodes of ${shown(name)}`).map((node) =>
    Array.isArray(node) ? olderCall(node as readonly Json[], name, type) : callOf(node, name, value, masks),
  );
}

export function listOf(value: Json | undefined, what: string): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  throw new GruvyError("model/config", `Expected a list for ${what}, found ${shown(value)}`);
}

const placeOf = (name: string, version: number): Place => ({
  what: `a call of layer ${shown(name)}`,
  version,
  warn: () => {},
});

/** What ours calls an option of the layer and Keras an argument of the call. */
function optionFor(type: string, argument: string, value: Json): JsonObject | undefined {
  const known = Object.hasOwn(layerRules, type) ? layerRules[type].call : undefined;
  return known && Object.hasOwn(known, argument) && typeof value === "boolean"
    ? { [known[argument]]: value }
    : undefined;
}

const takesStates = (type: string): boolean => Object.hasOwn(layerRules, type) && layerRules[type].states === true;

/** Keras 3: `{ args, kwargs }` with a tensor, or a list of them, in front; others stand for what ours does not take. */
function callOf(node: Json, name: string, layer: Json, masks: ReadonlySet<string>): ReadCall {
  const place = placeOf(name, 3);
  const type = wordOf(member(layer, "class_name"));
  const [tensors, ...others] = listOf(member(node, "args"), `the arguments of ${shown(name)}`);
  const states: Json[] = [];
  let options: JsonObject = {};
  let told: readonly (string | undefined)[] = [];
  const more = [
    ...others.map((value, i) => [i === 0 && takesStates(type) ? "initial_state" : "argument", value] as const),
    ...Object.entries(member(node, "kwargs") ?? {}),
  ];
  for (const [argument, value] of more) {
    if (value === null || value === false || argument === "training") continue;
    const own = optionFor(type, argument, value);
    if (own) options = { ...options, ...own };
    else if (argument === "initial_state" && takesStates(type)) states.push(...flattened(value));
    else if (argument === "mask" && ofEachInput(value, layer).every((mask) => mask === null || maskIn(mask, masks))) {
      told = ofEachInput(value, layer).map((mask) => maskIn(mask, masks));
    } else throw refusedOption(place, argument, value);
  }
  const inputs = [...ofEachInput(tensors, layer), ...states].map((tensor) => {
    const history = historyOf(tensor);
    if (history === undefined) throw refusedOption(place, "argument", tensor);
    return reference(history, place.what);
  });
  return { inputs, options, masks: told, losesMask: states.length > 0 && told[0] === undefined };
}

/** What is said of each input: one thing, a list, or of a model also a record by the names of its inputs. */
function ofEachInput(value: Json, layer: Json): readonly Json[] {
  if (!isObject(value) || historyOf(value) !== undefined) return [value].flat(1) as readonly Json[];
  const names = Object.keys(value);
  const listed = member(member(layer, "config"), "input_layers");
  // A model whose inputs are a list finds them by the names of their layers.
  const wanted = Array.isArray(listed)
    ? [listed].flat(1).map((input) => wordOf(Array.isArray(input) ? input[0] : ""))
    : [];
  const order = wanted.some((name) => Object.hasOwn(value, name)) ? wanted : inNameOrder(names).map((i) => names[i]);
  return order.map((name) => member(value, name) ?? null);
}

/** Of stacked cells the states of each are a list of their own. */
const flattened = (states: Json): readonly Json[] => (Array.isArray(states) ? states.flat(1) : [states]);

/** The operation beside the layers that a mask comes from. */
function maskIn(value: Json, masks: ReadonlySet<string>): string | undefined {
  const history = historyOf(value);
  return Array.isArray(history) && masks.has(wordOf(history[0])) ? wordOf(history[0]) : undefined;
}

/** Keras 2: a list of `[layer, node, output, options]`, states among them. */
function olderCall(node: readonly Json[], name: string, type: string): ReadCall {
  const list = typeof node[0] === "string" ? [node as Json] : node;
  let options: JsonObject = {};
  const inputs = list.map((input) => {
    const given = Array.isArray(input) ? input[3] : undefined;
    for (const [argument, value] of Object.entries(isObject(given) ? given : {})) {
      const own = optionFor(type, argument, value);
      if (own) options = { ...options, ...own };
      else if (value !== null && argument !== "training") throw refusedOption(placeOf(name, 2), argument, value);
    }
    return reference(input, `a call of layer ${shown(name)}`);
  });
  return { inputs, options, masks: [], losesMask: false };
}

export function reference(value: Json | undefined, what: string): Reference {
  const [layer, node, output] = Array.isArray(value) ? value : [];
  const whole = [node, output].every((number) => Number.isSafeInteger(number) && (number as number) >= 0);
  if (typeof layer === "string" && whole) return [layer, node as number, output as number];
  throw new GruvyError("model/config", `Expected a layer, a call and an output in ${what}, found ${shown(value)}`);
}

/** Where a model begins or ends. */
export interface Ends {
  /** Where they are by name. */
  readonly names?: readonly string[];
  readonly list: readonly Reference[];
}

/** One reference, a list of them, or several by name; of an inner model in the order in which Keras counts them. */
export function endsOf(value: Json | undefined, what: string, inner: boolean): Ends {
  if (isObject(value)) {
    const names = Object.keys(value);
    const order = inner ? inNameOrder(names).map((i) => names[i]) : names;
    return { ...(inner ? {} : { names }), list: order.map((name) => reference(value[name], what)) };
  }
  const list = listOf(value, what);
  return { list: typeof list[0] === "string" ? [reference(list, what)] : list.map((one) => reference(one, what)) };
}

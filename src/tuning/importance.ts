// What of the hyperparameters decides: a random forest learns from the ledger which rank a trial gets among those trained
// as long, and then the values of one hyperparameter are shuffled among the trials (Breiman 2001). What the forest loses
// by that is the hyperparameter's importance.

import { permutation, random, stream } from "../base/index.ts";
import { randomForest } from "./forest.ts";
import type { Importance } from "./results.ts";
import { isActive, isOrdered, type Parameter, placeOf, type Space, type Values } from "./space/index.ts";
import type { Trial } from "./study/index.ts";

const TREES = 100;
const SHUFFLES = 10;
/** From fewer nothing can be learned. */
const LEAST_CONFIGURATIONS = 8;

/**
 * The importance of each hyperparameter that varies; undefined where there are too few trials. Ranks rather than scores,
 * so that one trial that diverged does not decide. A configuration that went on counts in each of its rounds.
 */
export function importanceOf(space: Space, trials: readonly Trial[]): Importance | undefined {
  const rows = trials.filter(({ score }) => score !== undefined);
  const firsts = firstsOf(rows);
  const count = new Set(firsts).size;
  if (count < LEAST_CONFIGURATIONS) return undefined;
  const varied = space.filter((parameter) => new Set(rows.map(({ values }) => valueIn(parameter, values))).size > 1);
  if (varied.length === 0) return undefined;
  const y = ranks(rows);
  const parts = rows.map((row) => varied.map((one) => encode(one, row.values)));
  const point = (row: number, values = parts[row]) => Float64Array.from([...values.flat(), rows[row].epochs]);
  const forest = randomForest(
    rows.map((_, row) => point(row)),
    y,
    { groups: firsts, trees: TREES, source: (tree) => random(0, stream.search, tree) },
  );
  const explained = (of: (row: number) => Float64Array): number => {
    let error = 0;
    let variance = 0;
    y.forEach((value, row) => {
      const expected = forest.predictUnseen(row, of(row));
      if (expected === undefined) return;
      error += (value - expected) * (value - expected);
      variance += value * value;
    });
    return variance > 0 ? 1 - error / variance : 0;
  };
  const whole = explained((row) => point(row));
  const parameters = [...new Set(varied.map(({ name }) => name))].map((name) => {
    const has = rows.map(({ values }) => Object.hasOwn(values, name));
    const lost = Array.from({ length: SHUFFLES }, (_, i) => {
      const order = shuffled(has, i);
      const mixed = (row: number) =>
        parts[row].map((part, p) => (varied[p].name === name ? parts[order[row]][p] : part));
      return whole - explained((row) => point(row, mixed(row)));
    });
    return { name, lost: lost.reduce((sum, one) => sum + one / SHUFFLES, 0) };
  });
  return { explained: whole, configurations: count, parameters: parameters.sort((a, b) => b.lost - a.lost) };
}

/** For each trial the one that it goes on from, through all rounds. */
function firstsOf(trials: readonly Trial[]): number[] {
  const first = new Map<number, number>();
  for (const { id, from } of trials) first.set(id, from === undefined ? id : (first.get(from) ?? from));
  return trials.map(({ id }) => first.get(id) ?? id);
}

const valueIn = (parameter: Parameter, values: Values) =>
  Object.hasOwn(values, parameter.name) && isActive(parameter, values) ? values[parameter.name] : undefined;

/** A number by its place, a choice as one column a value; what is absent by itself. */
function encode(parameter: Parameter, values: Values): number[] {
  const value = valueIn(parameter, values);
  if (isOrdered(parameter)) return [value === undefined ? -1 : placeOf(parameter, value)];
  return (parameter.values ?? []).map((one) => (one === value ? 1 : 0));
}

/** Among the trials that were trained as long: from -0.5 for the best to 0.5, equal scores in the middle of theirs. */
function ranks(trials: readonly Trial[]): Float64Array {
  const groups = new Map<number, number[]>();
  for (const { epochs, score = 0 } of trials) groups.set(epochs, [...(groups.get(epochs) ?? []), score]);
  for (const group of groups.values()) group.sort((a, b) => a - b);
  return Float64Array.from(trials, ({ epochs, score = 0 }) => {
    const sorted = groups.get(epochs) ?? [];
    if (sorted.length < 2) return 0;
    return (sorted.indexOf(score) + sorted.lastIndexOf(score)) / 2 / (sorted.length - 1) - 0.5;
  });
}

/** For each row the row whose value it gets: only `those` change, among themselves. */
function shuffled(those: readonly boolean[], step: number): number[] {
  const list = those.flatMap((one, row) => (one ? [row] : []));
  const mixed = permutation(list.length, random(1, stream.search, step));
  const order = those.map((_, row) => row);
  list.forEach((row, i) => {
    order[row] = list[mixed[i]];
  });
  return order;
}

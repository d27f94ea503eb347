import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { branin, conditional, hartmann6, median, regret } from "../../../bench/tuning/functions.js";
import { random, stream } from "../../base/index.ts";
import {
  configuration,
  enumerate,
  HyperParameters,
  placesOf,
  type Space,
  sample,
  type Values,
} from "../space/index.ts";
import { coordinatesOf } from "./coordinates.ts";
import {
  ashaSearcher,
  bayesianSearcher,
  gridSearcher,
  hyperbandBrackets,
  hyperbandSearcher,
  randomSearcher,
  type Searcher,
  type TrialView,
  tpeSearcher,
} from "./index.ts";
import { ParzenDensity } from "./parzen.ts";

const spaceOf = (build: (hp: HyperParameters) => void): Space => {
  const hp = new HyperParameters();
  build(hp);
  return hp.space;
};
const large = spaceOf((hp) => {
  hp.float("x", { minValue: 0, maxValue: 1 });
  hp.int("units", { minValue: 1, maxValue: 1000 });
});
const small = spaceOf((hp) => {
  hp.choice("a", [1, 2, 3]);
  hp.boolean("b");
});

/** Runs a search whose trials score by `score`, one at a time. */
function run(searcher: Searcher, space: Space, score: (trial: TrialView) => number, { seed = 0, most = 1000 } = {}) {
  const trials: TrialView[] = [];
  while (trials.length < most) {
    const next = searcher.next(space, trials, seed);
    if (typeof next === "string") break;
    const trial = { id: trials.length, epochs: 1, ...next, status: "completed" as const };
    trials.push({ ...trial, score: score(trial) });
  }
  return trials;
}

describe("bayesian search of many trials", () => {
  it("suggests the same whether or not it remembers what it fitted before", () => {
    const score = ({ values }: TrialView) => (Number(values.x) - 0.3) ** 2 + Number(values.units) / 1000;
    const trials = run(randomSearcher(), large, score, { most: 66 });
    const remembering = bayesianSearcher();
    // The lengths fitted to the first 55 serve up to 65.
    for (const count of [55, 60, 66]) {
      const anew = remembering.next(structuredClone(large), trials.slice(0, count), 0);
      expect(remembering.next(large, trials.slice(0, count), 0)).toEqual(anew);
    }
    const lower = trials.map((trial, i) => (i < 60 ? trial : { ...trial, score: -9 - i }));
    expect(remembering.next(large, lower, 0)).not.toEqual(remembering.next(large, trials, 0));
  });
});

describe("hyperband", () => {
  it("has the brackets, sizes and epochs of the formulas", () => {
    const golden: Record<string, [number, number, [number, number][]][]> = JSON.parse(
      readFileSync(new URL("../../../test/golden/hyperband.json", import.meta.url), "utf8"),
    );
    for (let factor = 2; factor <= 5; factor++) {
      golden[factor].forEach(([trials, work, first], i) => {
        const brackets = hyperbandBrackets(i + 1, factor);
        const counted = brackets.flatMap((rounds) =>
          rounds.map(({ size, epochs }, at) => [size, size * (epochs - (at === 0 ? 0 : rounds[at - 1].epochs))]),
        );
        const sum = (which: number): number => counted.reduce((total, row) => total + row[which], 0);
        expect([sum(0), sum(1)], `R ${i + 1}, factor ${factor}`).toEqual([trials, work]);
        expect(brackets[0].map(({ size, epochs }) => [size, epochs])).toEqual(first);
      });
    }
  });

  it("runs what it plans, and promotes the best of each round", () => {
    const searcher = hyperbandSearcher({ maxEpochs: 10, factor: 3 });
    const plan = searcher.plan(large) ?? [];
    const trials = run(searcher, large, ({ values }) => Number(values.x));
    expect(plan.reduce((sum, line) => sum + line.trials, 0)).toBe(30);
    expect(plan.reduce((sum, line) => sum + (line.work ?? 0), 0)).toBe(120);
    expect(trials).toHaveLength(30);
    const first = trials.slice(0, 12).sort((a, b) => (a.score ?? 0) - (b.score ?? 0));
    const promoted = trials.filter(({ rung }) => rung?.bracket === 0 && rung.round === 1);
    expect(promoted.map(({ from }) => from)).toEqual(first.slice(0, 4).map(({ id }) => id));
    expect(promoted.map(({ values }) => values)).toEqual(first.slice(0, 4).map(({ values }) => values));
  });

  it("takes all of a small space, in proportion, and promotes there too", () => {
    const trials = run(hyperbandSearcher({ maxEpochs: 10, factor: 3 }), small, ({ values }) => Number(values.a));
    expect(trials.map(({ epochs }) => epochs)).toEqual([2, 2, 2, 2, 2, 2, 4, 4, 10]);
    expect(new Set(trials.slice(0, 6).map(({ values }) => configuration(values))).size).toBe(6);
  });

  it("waits for a round that is still running, and starts the next bracket meanwhile", () => {
    const searcher = hyperbandSearcher({ maxEpochs: 3, factor: 3 });
    const trials: TrialView[] = [];
    for (;;) {
      const next = searcher.next(large, trials, 0);
      if (typeof next === "string") {
        expect(next).toBe("wait");
        break;
      }
      trials.push({ id: trials.length, epochs: 1, ...next, status: "running" });
    }
    expect(trials.map(({ rung }) => rung?.bracket)).toEqual([0, 0, 0, 1, 1]);
  });

  it("goes on without those that failed", () => {
    const searcher = hyperbandSearcher({ maxEpochs: 3, factor: 3 });
    const failed = [0, 1, 2].map((id) => ({ id, values: { x: id / 3 }, epochs: 1, rung: { bracket: 0, round: 0 } }));
    const next = searcher.next(
      large,
      failed.map((one) => ({ ...one, status: "failed" as const })),
      0,
    );
    expect(next).toMatchObject({ rung: { bracket: 1, round: 0 } });
  });
});

describe("asha", () => {
  it("promotes one in so many as soon as it can", () => {
    const searcher = ashaSearcher({ maxEpochs: 9, factor: 3, maxTrials: 9 });
    const trials = run(searcher, large, ({ values }) => Number(values.x));
    expect(trials.slice(0, 4).map(({ rung }) => rung?.round)).toEqual([0, 0, 0, 1]);
    expect(trials.filter(({ rung }) => rung?.round === 2)).toHaveLength(1);
    expect(trials.find(({ rung }) => rung?.round === 2)?.epochs).toBe(9);
    const planned = searcher.plan(large) ?? [];
    expect(planned.map(({ trials: count, epochs, work }) => [count, epochs, work])).toEqual([
      [9, 1, 9],
      [3, 3, 6],
      [1, 9, 6],
    ]);
    expect(planned.map(({ trials: count }) => count)).toEqual(
      [0, 1, 2].map((round) => trials.filter(({ rung }) => rung?.round === round).length),
    );
  });
});

describe("asha of few configurations", () => {
  const rounds = (maxTrials: number, failing = -1) => {
    const searcher = ashaSearcher({ maxEpochs: 9, factor: 3, maxTrials });
    const trials: TrialView[] = [];
    for (let next = searcher.next(large, trials, 0); typeof next !== "string"; next = searcher.next(large, trials, 0)) {
      const status = trials.length === failing ? "failed" : "completed";
      trials.push({ id: trials.length, epochs: 1, ...next, status, score: Number(next.values.x) });
    }
    const planned = searcher.plan(large)?.map((line) => line.trials);
    return { trials, planned, rounds: trials.map(({ rung }) => rung?.round) };
  };

  it("promotes the best to the top when no other comes, as planned", () => {
    for (const count of [1, 2, 5, 8]) {
      const { trials, planned, rounds: all } = rounds(count);
      expect([0, 1, 2].map((round) => all.filter((one) => one === round).length)).toEqual(planned);
      expect(planned?.at(-1)).toBe(1);
      const top = trials.at(-1);
      const best = trials.filter(({ rung }) => rung?.round === 0).sort((a, b) => a.score! - b.score!)[0];
      expect([top?.epochs, top?.values]).toEqual([9, best.values]);
    }
  });

  it("promotes the next best where the best fails there", () => {
    const { trials, rounds: all } = rounds(2, 2);
    expect(all).toEqual([0, 0, 1, 1, 2]);
    expect(trials[3].from).not.toBe(trials[2].from);
  });
});

describe("every searcher", () => {
  const all = [
    randomSearcher(),
    gridSearcher(),
    tpeSearcher(),
    bayesianSearcher(),
    ashaSearcher({ maxEpochs: 4, factor: 2 }),
    hyperbandSearcher({ maxEpochs: 9 }),
  ];
  it.each(all.map((searcher) => [searcher.name, searcher] as const))(
    "%s tries no configuration twice",
    (_, searcher) => {
      const trials = run(searcher, small, ({ values }) => Number(values.a) + Number(values.b));
      const begun = trials.filter(({ from }) => from === undefined);
      expect(new Set(begun.map(({ values }) => configuration(values))).size).toBe(begun.length);
      expect(begun).toHaveLength(6);
    },
  );

  it.each(all.map((searcher) => [searcher.name, searcher] as const))("%s follows from the seed", (name, searcher) => {
    const space = name === "grid" ? small : large;
    const score = ({ values }: TrialView): number => Number(values.x ?? values.a);
    const first = run(searcher, space, score, { seed: 7, most: 18 });
    expect(run(searcher, space, score, { seed: 7, most: 18 })).toEqual(first);
    if (name !== "grid") expect(run(searcher, space, score, { seed: 8, most: 18 })).not.toEqual(first);
  });
});

describe("model-based search", () => {
  const mean = (searcher: Searcher, target: typeof hartmann6, seeds: number, trials = 60): number =>
    median(Array.from({ length: seeds }, (_, seed) => regret(searcher, target, { HyperParameters, seed, trials })));

  it.each([
    ["branin", branin, 0.02],
    ["hartmann6", hartmann6, 0.15],
    ["conditional", conditional, 0.01],
  ] as const)("a Gaussian process finds the minimum of %s", (_, target, most) => {
    expect(mean(bayesianSearcher(), target, 1, 40)).toBeLessThan(most);
  });

  // Optuna's medians of all seeds; bench/tuning/regret.js compares all of ours.
  const optuna: { regrets: Record<string, number[]> } = JSON.parse(
    readFileSync(new URL("../../../bench/tuning/optuna.json", import.meta.url), "utf8"),
  );
  it.each([
    ["Branin", branin],
    ["Hartmann 6", hartmann6],
    ["conditional", conditional],
  ] as const)("TPE has at most half of the regret of random search on %s, and 1.2 times Optuna's", (name, target) => {
    const found = mean(tpeSearcher(), target, 10);
    expect(found).toBeLessThan(0.5 * mean(randomSearcher(), target, 10));
    expect(found).toBeLessThan(1.2 * median(optuna.regrets[`tpe ${name}`]));
  });

  it("a density is one over the space, and its samples are where it is large", () => {
    const space = spaceOf((hp) => {
      hp.choice("cell", ["gru", "lstm", "rnn"]);
      hp.int("units", { minValue: 1, maxValue: 20, sampling: "log" });
      hp.choice("rate", [0.1, 0.01, 0.001]);
    });
    const trials = [
      { values: { cell: "gru", units: 3, rate: 0.1 }, score: 1 },
      { values: { cell: "lstm", units: 4, rate: 0.1 }, score: 2 },
      { values: { cell: "gru", units: 17, rate: 0.01 }, score: 3 },
    ];
    const density = new ParzenDensity(space, trials);
    // The weight of each configuration against that of a level density, which is that of a draw at random.
    const all = [...enumerate(space)];
    const level = ({ units }: Values): number =>
      Math.log((Number(units) + 0.5) / (Number(units) - 0.5)) / Math.log(20.5 / 0.5) / 9;
    const shares = new Map(
      all.map((values) => [configuration(values), level(values) * Math.exp(density.log(coordinatesOf(space, values)))]),
    );
    expect([...shares.values()].reduce((a, b) => a + b)).toBeCloseTo(1, 3);
    const source = random(1, stream.search);
    const count = 20_000;
    const near = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      const { cell, rate } = density.sample(source, i * ParzenDensity.elements(space));
      near.set(`${cell} ${rate}`, (near.get(`${cell} ${rate}`) ?? 0) + 1 / count);
    }
    for (const [name, share] of near) {
      const expected = all
        .filter(({ cell, rate }) => `${cell} ${rate}` === name)
        .reduce((sum, values) => sum + shares.get(configuration(values))!, 0);
      expect(Math.abs(share - expected), name).toBeLessThan(0.015);
    }
  });

  it("a density is the mean of its kernels' products, also where numbers and conditions mix, and is given up above `most`", () => {
    const space = spaceOf((hp) => {
      hp.choice("cell", ["gru", "lstm"]);
      hp.float("rate", { minValue: 1e-4, maxValue: 1, sampling: "log" });
      hp.conditionalScope("cell", ["gru"], () => hp.float("dropout", { minValue: 0, maxValue: 0.5 }));
      hp.int("layers", { minValue: 1, maxValue: 3 });
    });
    const source = random(2, stream.search);
    const values = Array.from({ length: 80 }, (_, i) => sample(space, source, 10 * i));
    const trials = values.slice(0, 70).map((one, score) => ({ values: one, score }));
    const density = new ParzenDensity(space, trials);
    const normal = (x: number): number => 1 / (1 + Math.exp(-0.07056 * x ** 3 - 1.5976 * x));
    const has = (one: Values, { name }: { name: string }): boolean => Object.hasOwn(one, name);
    const middle = (parameter: Space[number], one: Values): number => {
      const [low, high] = placesOf(parameter, one[parameter.name]);
      return (low + high) / 2;
    };
    const inOrder = space.map((parameter) => {
      const own = trials.map((one) => one.values).filter((one) => has(one, parameter));
      return own.sort((a, b) => middle(parameter, a) - middle(parameter, b));
    });
    const kernel = (parameter: Space[number], own: Values, at: Values): number => {
      const { name, kind, values: listed = [] } = parameter;
      if (!has(at, parameter) || !has(own, parameter)) return 1;
      const share = 1 / (trials.length + 1 + listed.length);
      if (kind === "choice") return listed.length * (own[name] === at[name] ? 1 - (listed.length - 1) * share : share);
      const sorted = inOrder[space.indexOf(parameter)];
      const here = middle(parameter, own);
      const i = sorted.indexOf(own);
      const [below, above] = [i - 1, i + 1].map((j) => (sorted[j] ? Math.abs(middle(parameter, sorted[j]) - here) : 0));
      const width = Math.max(1 / Math.min(100, 2 + sorted.length), 0.7 * Math.max(below, above));
      const inside = normal((1 - here) / width) - normal(-here / width);
      const [low, high] = placesOf(parameter, at[name]).map((place) => (place - here) / width);
      if (low === high) return Math.exp(-0.5 * low * low) / (width * Math.sqrt(2 * Math.PI) * inside);
      return (normal(high) - normal(low)) / ((high - low) * width * inside);
    };
    for (const at of values) {
      const products = trials.map((one) => space.reduce((sum, each) => sum * kernel(each, one.values, at), 1));
      const expected = Math.log((products.reduce((a, b) => a + b, 0) + 1) / (trials.length + 1));
      const found = density.log(coordinatesOf(space, at));
      expect(found).toBeCloseTo(expected, 9);
      expect(density.log(coordinatesOf(space, at), found + 1e-9)).toBe(found);
      expect(density.log(coordinatesOf(space, at), found - 1e-9)).toBe(Number.POSITIVE_INFINITY);
    }
  });
});

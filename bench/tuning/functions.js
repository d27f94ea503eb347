// Functions whose minimum is known, as spaces and losses: what searchers are measured on.

/** Branin: two numbers, minimum 0.397887. */
export const branin = {
  minimum: 0.39788735772973816,
  build(hp) {
    hp.float("x", { minValue: -5, maxValue: 10 });
    hp.float("y", { minValue: 0, maxValue: 15 });
  },
  loss({ x, y }) {
    const a = y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6;
    return a * a + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
  },
};

const A = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const P = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
];
const weights = [1, 1.2, 3, 3.2];

/** Hartmann's function of six numbers, minimum -3.32237. */
export const hartmann6 = {
  minimum: -3.322368011415,
  build(hp) {
    for (let i = 0; i < 6; i++) hp.float(`x${i}`, { minValue: 0, maxValue: 1 });
  },
  loss(values) {
    let sum = 0;
    for (let k = 0; k < 4; k++) {
      let far = 0;
      for (let i = 0; i < 6; i++) far += A[k][i] * (values[`x${i}`] - P[k][i]) ** 2;
      sum -= weights[k] * Math.exp(-far);
    }
    return sum;
  },
};

/** Which numbers there are depends on a choice; the minimum, 0, is in the second branch. */
export const conditional = {
  minimum: 0,
  build(hp) {
    hp.choice("kind", ["a", "b"]);
    hp.conditionalScope("kind", ["a"], () => hp.float("p", { minValue: -5, maxValue: 5 }));
    hp.conditionalScope("kind", ["b"], () => {
      hp.float("q", { minValue: -5, maxValue: 5 });
      hp.float("rate", { minValue: 1e-4, maxValue: 1, sampling: "log" });
    });
  },
  loss({ kind, p, q, rate }) {
    return kind === "a" ? 1 + (p - 1) ** 2 : 0.2 * (q + 2) ** 2 + 0.5 * Math.log10(rate / 0.01) ** 2;
  },
};

/** The best loss after so many trials, less the minimum. */
export function regret(searcher, { build, loss, minimum }, { HyperParameters, seed, trials }) {
  const hp = new HyperParameters();
  build(hp);
  const done = [];
  while (done.length < trials) {
    const next = searcher.next(hp.space, done, seed);
    if (typeof next === "string") break;
    done.push({ id: done.length, values: next.values, epochs: 1, status: "completed", score: loss(next.values) });
  }
  return Math.min(...done.map(({ score }) => score)) - minimum;
}

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

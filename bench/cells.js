// node bench/cells.js: cells written as formulas, both directions and recurrent dropout beside the gru that is built in;
// processor time on one thread, of the built library in dist/. The least of several rounds, in which all take turns.

import {
  bidirectional,
  closeThreads,
  customCell,
  dense,
  gru,
  input,
  layerNormGruCell,
  layerNormLstmCell,
  lstm,
  ops,
  rnn,
  sequential,
  setThreads,
} from "../dist/index.js";

const { add, matmul, multiply, sigmoid, subtract, tanh } = ops;
/** @param {number} features @param {number} units */
const gate = (features, units) => [
  { shape: [features, units] },
  { shape: [units, units] },
  { shape: [units] },
  { shape: [units] },
];
const ownGru = customCell("ownGru", (/** @type {{ units: number }} */ { units }) => ({
  states: units,
  weights: (features) =>
    Object.fromEntries(
      ["z", "r", "c"].flatMap((name) => gate(features, units).map((weight, i) => [`${"wubs"[i]}${name}`, weight])),
    ),
  step: (x, [h], w) => {
    const z = sigmoid(add(matmul(x, w.wz), w.bz, matmul(h, w.uz), w.sz));
    const r = sigmoid(add(matmul(x, w.wr), w.br, matmul(h, w.ur), w.sr));
    const c = tanh(add(matmul(x, w.wc), w.bc, multiply(r, add(matmul(h, w.uc), w.sc))));
    return add(multiply(z, h), multiply(subtract(1, z), c));
  },
}));
const minimalGatedUnit = customCell("minimalGatedUnit", (/** @type {{ units: number }} */ { units }) => ({
  states: units,
  weights: (features) =>
    Object.fromEntries(
      ["f", "c"].flatMap((name) => gate(features, units).map((weight, i) => [`${"wubs"[i]}${name}`, weight])),
    ),
  step: (x, [h], w) => {
    const f = sigmoid(add(matmul(x, w.wf), matmul(h, w.uf), w.bf));
    const c = tanh(add(matmul(x, w.wc), matmul(multiply(f, h), w.uc), w.bc));
    return add(multiply(subtract(1, f), h), multiply(f, c));
  },
}));

/** @type {Record<string, (units: number) => ReturnType<typeof gru>>} */
const layers = {
  gru: (units) => gru({ units }),
  "bidirectional gru": (units) => bidirectional(gru({ units })),
  "recurrentDropout 0.2": (units) => gru({ units, recurrentDropout: 0.2 }),
  "a GRU as a cell": (units) => rnn(ownGru({ units })),
  "minimal gated unit": (units) => rnn(minimalGatedUnit({ units })),
  layerNormGruCell: (units) => rnn(layerNormGruCell({ units })),
  lstm: (units) => lstm({ units }),
  layerNormLstmCell: (units) => rnn(layerNormLstmCell({ units })),
};

setThreads(1);
for (const [units, features, rows, steps] of [
  [32, 8, 32, 50],
  [128, 32, 64, 50],
  [256, 64, 64, 30],
]) {
  const batches = Math.max(2, Math.round(2e9 / (rows * steps * units * (units + features) * 18)));
  const x = random([batches * rows, steps, features]);
  const y = random([batches * rows, 1]);
  const models = Object.values(layers).map((layer) => {
    const model = sequential([input({ shape: [null, features] }), layer(units), dense({ units: 1 })]);
    model.compile({ loss: "mse", optimizer: "sgd" });
    return model;
  });
  const least = models.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < 8; round++) {
    for (const [i, model] of models.entries()) {
      const before = process.cpuUsage();
      await model.fit(x, y, { batchSize: rows });
      const { user, system } = process.cpuUsage(before);
      if (round > 0) least[i] = Math.min(least[i], (user + system) / 1000 / batches);
    }
  }
  console.log(`${units} units, ${features} features, ${rows} rows, ${steps} steps: milliseconds a training step`);
  for (const [i, name] of Object.keys(layers).entries()) {
    console.log(
      `  ${name.padEnd(22)}${least[i].toFixed(2).padStart(9)}${(least[i] / least[0]).toFixed(2).padStart(7)}`,
    );
  }
  for (const model of models) model.dispose();
}
closeThreads();

/** @param {number[]} shape @returns {any} */
function random(shape) {
  const [length, ...rest] = shape;
  if (rest.length === 0) return Float32Array.from({ length }, () => 2 * Math.random() - 1);
  return Array.from({ length }, () => random(rest));
}

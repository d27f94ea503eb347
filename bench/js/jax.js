// jax-js on its WebAssembly backend. Its arrays are counted: an operation consumes its operands, `.ref` keeps one.
// The gradient of a gather cannot be compiled, so the embedding is looked up outside the compiled step.

import { readFileSync } from "node:fs";
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad, vjp } from "@jax-js/jax";
import { classifies } from "../workloads.js";
import { firstBatches, main, timedSteps } from "./peer.js";

const GATES = { rnn: 1, gru: 3, lstm: 4 };
const ADAM = { rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

/** Time first: row t * rows + r is step t of row r. */
function arraysOf(work) {
  return ({ rows, x, y }) => {
    const { steps } = work;
    const inputs = work.vocabulary ? 1 : work.inputs;
    const turned = new x.constructor(x.length);
    for (let row = 0; row < rows; row++) {
      for (let t = 0; t < steps; t++) {
        const from = (row * steps + t) * inputs;
        turned.set(x.subarray(from, from + inputs), (t * rows + row) * inputs);
      }
    }
    const shaped = np.array(turned, { dtype: work.vocabulary ? np.int32 : np.float32 });
    return {
      rows,
      x: work.vocabulary ? shaped : shaped.reshape([steps * rows, inputs]),
      y: np.array(y).reshape([rows, 1]),
    };
  };
}

function trainer(work) {
  let weights = initialWeights(work);
  let first = tree.map((w) => np.zeros(w.shape), weights);
  let second = tree.map((w) => np.zeros(w.shape), weights);
  let iteration = 0;
  const compiled = new Map();
  return async (batch) => {
    if (!compiled.has(batch.rows)) compiled.set(batch.rows, jit(gradients(work, batch.rows)));
    const { embedding, ...others } = tree.ref(weights);
    const look = embedding && vjp((table) => np.take(table, batch.x.ref, 0), [embedding]);
    const [loss, dx, rest] = compiled.get(batch.rows)(others, look ? look[0] : batch.x.ref, batch.y.ref);
    const grads = look ? { embedding: look[1](dx)[0], ...rest } : rest;
    if (!look) dx.dispose();
    iteration++;
    const rate = (ADAM.rate * Math.sqrt(1 - ADAM.beta2 ** iteration)) / (1 - ADAM.beta1 ** iteration);
    [weights, first, second] = update(weights, grads, first, second, np.array(rate));
    const value = await loss.jsAsync();
    await blockUntilReady(weights);
    return value;
  };
}

function initialWeights(work) {
  const { units, cells } = work;
  const uniform = (shape, limit) => {
    const size = shape.reduce((a, b) => a * b);
    return np.array(Float32Array.from({ length: size }, () => (2 * Math.random() - 1) * limit)).reshape(shape);
  };
  const layers = cells.map((cell, i) => ({
    kernel: uniform([i === 0 ? work.inputs : units, GATES[cell] * units], 0.1),
    recurrent: uniform([units, GATES[cell] * units], 0.1),
    bias: np.zeros([GATES[cell] * units]),
    ...(cell === "gru" && { recurrentBias: np.zeros([GATES[cell] * units]) }),
  }));
  const dense = { kernel: uniform([units, 1], 0.15), bias: np.zeros([1]) };
  return { ...(work.vocabulary && { embedding: uniform([work.vocabulary, work.inputs], 0.05) }), layers, dense };
}

/** (weights, inputs [steps * rows, features], targets) to the loss and its gradients. */
function gradients(work, rows) {
  const loss = ({ x, weights }, y) => {
    const output = weights.layers.reduce((sequence, layer, i) => {
      const all = i < work.cells.length - 1;
      return recurrent(work, work.cells[i], rows, sequence, layer, all);
    }, x);
    const result = np.matmul(output, weights.dense.kernel).add(weights.dense.bias);
    if (!classifies(work)) return np.mean(np.square(result.sub(y)));
    return np.mean(nn.softplus(result.ref).sub(result.mul(y))); // cross-entropy of logits
  };
  return (weights, x, y) => {
    const [value, grads] = valueAndGrad((given) => loss(given, y))({ x, weights });
    return [value, grads.x, grads.weights];
  };
}

function recurrent(work, cell, rows, x, layer, all) {
  const { units, steps } = work;
  const projected = np.matmul(x, layer.kernel).add(layer.bias);
  let state = [np.zeros([rows, units])];
  if (cell === "lstm") state.push(np.zeros([rows, units]));
  const outputs = [];
  for (let t = 0; t < steps; t++) {
    state = cellStep(cell, units, projected.ref.slice([t * rows, (t + 1) * rows]), state, layer);
    if (all) outputs.push(state[0].ref);
  }
  projected.dispose();
  for (const weight of [layer.recurrent, layer.recurrentBias, state[1]]) weight?.dispose();
  if (!all) return state[0];
  state[0].dispose();
  return np.concatenate(outputs, 0);
}

function cellStep(cell, units, x, [h, c], layer) {
  const gate = (of, i) => of.ref.slice([], [i * units, (i + 1) * units]);
  const fromState = np.matmul(h.ref, layer.recurrent.ref);
  if (cell === "gru") {
    const s = fromState.add(layer.recurrentBias.ref);
    const update = nn.sigmoid(gate(x, 0).add(gate(s, 0)));
    const reset = nn.sigmoid(gate(x, 1).add(gate(s, 1)));
    const candidate = np.tanh(gate(x, 2).add(reset.mul(gate(s, 2))));
    x.dispose();
    s.dispose();
    return [candidate.ref.add(update.mul(h.sub(candidate)))];
  }
  h.dispose();
  const sum = x.add(fromState);
  if (cell === "rnn") return [np.tanh(sum)];
  const [input, forget, output] = [0, 1, 3].map((i) => nn.sigmoid(gate(sum, i)));
  const next = forget.mul(c).add(input.mul(np.tanh(gate(sum, 2))));
  sum.dispose();
  return [output.mul(np.tanh(next.ref)), next];
}

const update = jit((weights, grads, first, second, rate) => {
  const [w, structure] = tree.flatten(weights);
  const [[g], [m], [v]] = [grads, first, second].map((of) => tree.flatten(of));
  const next = w.map((weight, i) => {
    const mean = m[i].mul(ADAM.beta1).add(g[i].ref.mul(1 - ADAM.beta1));
    const square = v[i].mul(ADAM.beta2).add(np.square(g[i]).mul(1 - ADAM.beta2));
    const change = mean.ref.mul(rate.ref).div(np.sqrt(square.ref).add(ADAM.epsilon));
    return [weight.sub(change), mean, square];
  });
  rate.dispose();
  return [0, 1, 2].map((i) =>
    tree.unflatten(
      structure,
      next.map((triple) => triple[i]),
    ),
  );
});

await init("wasm");
defaultDevice("wasm");
const { version } = JSON.parse(readFileSync(new URL("node_modules/@jax-js/jax/package.json", import.meta.url), "utf8"));

await main(`jax-js ${version}, wasm`, async (work, data, options) => {
  const batches = firstBatches(work, data, Math.min(4, Math.ceil(work.rows / work.batch)));
  return [await timedSteps(trainer(work), batches.map(arraysOf(work)), options.steps)];
});

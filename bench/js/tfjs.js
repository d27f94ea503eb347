// TensorFlow.js on its WebAssembly backend. That backend lacks the gradient of an embedding (UnsortedSegmentSum), so it
// is supplied here; out of the box a model with tokens does not train.

import { createRequire } from "node:module";
import { classifies } from "../workloads.js";
import { firstBatches, main, timedPredictions, timedSteps } from "./peer.js";

const require = createRequire(import.meta.url); // the packages' ES modules do not load in Node
const tf = require("@tensorflow/tfjs-core");
const { layers, sequential } = require("@tensorflow/tfjs-layers");
const wasm = require("@tensorflow/tfjs-backend-wasm");
const CELLS = { rnn: layers.simpleRNN, lstm: layers.lstm, gru: layers.gru };

const { warn } = console;
console.warn = (...words) => (String(words[0]).includes("running TensorFlow.js in Node") ? undefined : warn(...words));
// One thread: its workers start from a blob, which Node refuses.
await tf.setBackend("wasm");
await tf.ready();
tf.registerKernel({ kernelName: "UnsortedSegmentSum", backendName: "wasm", kernelFunc: segmentSum });

await main(`TensorFlow.js ${tf.version_core}, wasm, ${wasm.getThreadsCount()} threads`, async (work, data, options) => {
  const model = modelOf(work);
  const tensorOf = (numbers, shape) => tf.tensor(numbers, shape, numbers instanceof Int32Array ? "int32" : "float32");
  const shape = data.x.shape.slice(1);
  if (work.predict) {
    const predict = async (part, size) => {
      const input = tensorOf(part, size);
      const output = model.predict(input, { batchSize: size[0] });
      await output.data();
      tf.dispose([input, output]);
    };
    return timedPredictions(predict, data, work);
  }
  model.compile({ optimizer: "adam", loss: classifies(work) ? "binaryCrossentropy" : "meanSquaredError" });
  const batches = firstBatches(work, data, Math.min(4, Math.ceil(work.rows / work.batch))).map(({ rows, x, y }) => ({
    x: tensorOf(x, [rows, ...shape]),
    y: tensorOf(y, [rows, 1]),
  }));
  return [await timedSteps(({ x, y }) => model.trainOnBatch(x, y), batches, options.steps)];
});

function modelOf(work) {
  const model = sequential();
  const inputShape = work.vocabulary ? undefined : [work.steps, work.inputs];
  if (work.vocabulary) {
    model.add(layers.embedding({ inputDim: work.vocabulary, outputDim: work.inputs, inputLength: work.steps }));
  }
  work.cells.forEach((cell, i) => {
    const returnSequences = i < work.cells.length - 1;
    // Its orthogonal initializer takes seconds; the time of a step does not depend on it.
    const recurrentInitializer = "glorotUniform";
    model.add(
      CELLS[cell]({ units: work.units, returnSequences, recurrentInitializer, ...(i === 0 && { inputShape }) }),
    );
  });
  model.add(layers.dense({ units: 1, activation: classifies(work) ? "sigmoid" : "linear" }));
  return model;
}

/** Adds the rows of `x` that bear the same number. */
function segmentSum({ inputs, backend, attrs }) {
  const { x, segmentIds } = inputs;
  const values = backend.typedArrayFromHeap(x);
  const ids = backend.typedArrayFromHeap(segmentIds);
  const width = values.length / ids.length;
  const result = backend.makeOutput([attrs.numSegments, ...x.shape.slice(segmentIds.shape.length)], "float32");
  const sums = backend.typedArrayFromHeap(result);
  sums.fill(0);
  ids.forEach((id, row) => {
    for (let i = 0; i < width; i++) sums[id * width + i] += values[row * width + i];
  });
  return result;
}

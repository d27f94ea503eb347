// brain.js knows neither batches nor embeddings: only w4-gru, one window at a time, has a counterpart.

import { createRequire } from "node:module";
import brain from "brain.js";
import { stopwatch } from "../clock.js";
import { main } from "./peer.js";

const { version } = createRequire(import.meta.url)("brain.js/package.json");

await main(`brain.js ${version}`, (work, { x, y }) => {
  const windows = Array.from({ length: work.rows }, (_, row) => [
    ...x.data.subarray(row * work.steps, (row + 1) * work.steps),
    y.data[row],
  ]);
  const network = new brain.recurrent.GRUTimeStep({ inputSize: 1, hiddenLayers: [work.units], outputSize: 1 });
  const epoch = () => network.train(windows, { iterations: 1, errorThresh: 0, learningRate: 0.01, log: false });
  const start = performance.now();
  epoch();
  const firstStepMs = (performance.now() - start) / work.rows;
  const clock = stopwatch();
  let loss = Number.NaN;
  for (let i = 0; i < work.epochs; i++) loss = epoch().error;
  return [{ ...clock(work.epochs * work.rows), loss, firstStepMs }];
});

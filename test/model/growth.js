// By how much a process grows that trains a model, beside what the model said; for memory.test.ts.

import { dense, embedding, gru, input, sequential, tensor } from "../../dist/index.js";

/** @typedef {{ words?: number, width?: number, units: number, steps: number }} Size */

/** Trains for some time; what the model said it needs, before it began. */
async function train(/** @type {Size} */ { words, width = 8, units, steps }, /** @type {number} */ milliseconds) {
  const first = words ? embedding({ inputDim: words, outputDim: width }) : input({ shape: [null, 2] });
  const model = sequential([first, gru({ units }), dense({ units: 1 })]);
  model.compile({ optimizer: "adam", loss: "meanSquaredError" });
  const { bytes } = await model.memory({ batchSize: 32, timeSteps: steps });
  const rows = 128;
  const x = words
    ? tensor(
        Int32Array.from({ length: rows * steps }, (_, i) => (i * 7919) % words),
        [rows, steps],
      )
    : tensor(
        Float32Array.from({ length: rows * steps * 2 }, (_, i) => ((i * 7919) % 1000) / 500 - 1),
        [rows, steps, 2],
      );
  const y = tensor(new Float32Array(rows), [rows, 1]);
  const begun = performance.now();
  const engine = await model.engine();
  let aside = 0;
  const { snapshot } = engine;
  engine.snapshot = (into) => {
    aside++;
    return snapshot.call(engine, into);
  };
  const enough = {
    /** @param {number} _epoch @param {object} _logs @param {{ stop(): void }} trainer */
    onEpochEnd(_epoch, _logs, trainer) {
      // How soon a second state is put aside depends on how long the first one took.
      if (performance.now() - begun > milliseconds && aside > 1) trainer.stop();
    },
  };
  await model.fit(x, y, { batchSize: 32, epochs: 100_000, callbacks: [enough] });
  return { model, bytes };
}

// The threads, and V8's code for all that runs only once.
const { model: before } = await train({ words: 10, units: 8, steps: 10 }, 300);
before.dispose();
globalThis.gc?.();
const start = process.memoryUsage.rss();
const { model, bytes: said } = await train(JSON.parse(process.argv[2]), 1500);
globalThis.gc?.(); // what was only on its way to the engine
const grown = process.memoryUsage.rss() - start;
process.send?.({ said, grown, name: model.name }, () => process.exit());

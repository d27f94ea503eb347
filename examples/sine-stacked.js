// A sine again, with two recurrent layers and dropout between them: more is not better.
//
//     npm run example sine-stacked
//     npm run example sine-stacked -- --rate 0.001      (as published: the learning rate stays where it is)
//
// The first layer gives its state at every step (returnSequences), so that the second has a sequence to read.

import { adam, cosineDecay, dense, dropout, gru, minMaxScaler, sequential, sine, windows } from "gruvy";
import { program, secondsSince } from "./support/program.js";

const { seed, epochs, rate, say, report, finish } = program({
  name: "sine-stacked",
  epochs: 50,
  options: ["rate"],
  models: { gru: { testLoss: "2.3e-5 (three seeds 3e-5 to 2.3e-4), at a constant rate of 0.001" } },
});

const window = 10;
const { values } = sine({ points: 1000, from: 0, to: 100 });
// As published, the scaler sees the whole series; with data of your own let it see the training part alone, or the test
// part is known before the test.
const scaled = minMaxScaler().fit(values).transform(values);
const firstTest = window + Math.floor(0.8 * (scaled.length - window));
const train = windows(scaled.subarray(0, firstTest), { window });
const test = windows(scaled.subarray(firstTest - window), { window });
say(`A sine, two layers: ${train.x.shape[0]} windows of ${window} values to train on, ${test.x.shape[0]} to test`);
say(
  "Scaled before the split, to match the published program; one should not, since the scaler then knows the test part",
);

const started = performance.now();
const model = sequential(
  [
    gru({ units: 50, returnSequences: true }), // [rows, 10, 50]
    dropout({ rate: 0.2 }), // while training, a fifth of those numbers is set to zero, others each time
    gru({ units: 50 }), // [rows, 50]
    dense({ units: 1 }),
  ],
  { seed },
);
// Why the rate falls: see sine-gru.js.
const steps = epochs * train.x.shape[0];
const learningRate = rate ?? cosineDecay({ initialLearningRate: 0.001, decaySteps: steps });
model.compile({ optimizer: adam({ learningRate }), loss: "meanSquaredError" });
say(rate ? `The learning rate stays at ${rate}\n` : "The learning rate falls from 0.001 to 0\n");

const { history } = await model.fit(train, { epochs, batchSize: 1 });
const { loss } = await model.evaluate(test);
report("gru", { testLoss: loss, seconds: secondsSince(started) });

// Dropout keeps a large network from learning noise by heart. A sine has no noise: here dropout is the only noise there
// is, and the layers learn to live with it instead of becoming exact.
say(
  `The loss while training was ${history.loss.at(-1).toExponential(1)}: dropout's noise, which testing does not have.`,
);
say(
  "One layer without dropout (sine-gru) comes much closer. Depth and dropout are cures, and this patient was not ill.",
);
finish();

// Two layers of LSTMs read movie reviews in both directions: the second sees at every word what the first has understood
// of all that comes before and behind it.
//
//     npm run example review-bidirectional            (some minutes on two cores)
//     npm run example review-bidirectional -- --epochs 1

import { bidirectional, dense, earlyStopping, embedding, lstm, sequential } from "gruvy";
import { imdb } from "gruvy/node";
import { program, secondsSince } from "./support/program.js";

const { seed, epochs, json, say, report, finish } = program({
  name: "review-bidirectional",
  epochs: 2,
  models: { lstm: { testAccuracy: "about .87 after two epochs (Keras, the same layers)" } },
});

say("LSTMs read movie reviews in both directions: positive or negative?");
const { train, test, source } = await imdb({ numWords: 20_000, maxLength: 200, padding: "pre", say });
say(`${train.x.shape[0]} reviews to train on, ${test.x.shape[0]} to test: ${source}\n`);

const started = performance.now();
const model = sequential(
  [
    embedding({ inputDim: 20_000, outputDim: 128 }),
    bidirectional(lstm({ units: 64, returnSequences: true })),
    bidirectional(lstm({ units: 64 })),
    dense({ units: 1, activation: "sigmoid" }),
  ],
  { seed },
);
model.compile({ optimizer: "adam", loss: "binaryCrossentropy", metrics: ["accuracy"] });
const best = earlyStopping({ monitor: "valLoss", patience: epochs }); // keeps the best epoch's weights
const { history } = await model.fit(train, {
  epochs,
  batchSize: 32,
  validationSplit: 0.2,
  callbacks: [best],
  verbose: json ? 0 : 1,
});
const { loss, accuracy } = await model.evaluate(test);
report("lstm", {
  validationLoss: history.valLoss[best.bestEpoch],
  validationAccuracy: history.valAccuracy[best.bestEpoch],
  bestEpoch: best.bestEpoch + 1,
  testLoss: loss,
  testAccuracy: accuracy,
  seconds: secondsSince(started),
});
finish();

// Which recurrent cell reads best? Three cells, trained alike on 25,000 movie reviews, say of 25,000 others whether
// they praise or damn.
//
//     npm run example review-cells            (some minutes on two cores)
//     npm run example review-cells -- --only gru --epochs 1
//     npm run example review-cells -- --clip 0 --rate 0.001      (as published: gradients as long as they come, and a
//                                                                learning rate that stays where it is)
//
// A simple RNN multiplies its state by one matrix at every word, so what it read 200 words ago has faded and so has
// the gradient that could teach it to remember. LSTM and GRU have gates: they learn when to keep the state as it is.
// Here padding stands after the words, which makes it hard on purpose: a short review has to be remembered across all
// the zeros that follow it.

import { adam, cosineDecay, dense, earlyStopping, embedding, gru, lstm, sequential, simpleRnn } from "gruvy";
import { imdb } from "gruvy/node";
import { program, secondsSince } from "./support/program.js";

const {
  seed,
  epochs,
  json,
  say,
  clip = 1,
  rate,
  wants,
  report,
  finish,
} = program({
  name: "review-cells",
  epochs: 5,
  options: ["clip", "rate"],
  models: {
    rnn: { testAccuracy: ".663", lastEpochTestAccuracy: ".571 and .590" },
    lstm: { testAccuracy: ".868", lastEpochTestAccuracy: ".784 and .868" },
    gru: { testAccuracy: ".879", lastEpochTestAccuracy: ".866 and .851" },
  },
});

say("Which recurrent cell reads best? Movie reviews, positive or negative.");
// The 10,000 most frequent words; of a longer review the last 200 words, where people tend to come to their point.
const { train, test, source } = await imdb({
  numWords: 10_000,
  maxLength: 200,
  truncating: "pre",
  padding: "post",
  say,
});
say(
  `${train.x.shape[0]} reviews to train on (the last fifth of them validates), ${test.x.shape[0]} to test: ${source}\n`,
);

say(
  clip === 0 && rate !== undefined
    ? `Gradients as long as they come, and a learning rate of ${rate}`
    : "Gradients cut to a length of 1 and a learning rate that falls to 0; the published program has neither",
);
const batchSize = 64;
const steps = epochs * Math.ceil((0.8 * train.x.shape[0]) / batchSize);
const cells = { rnn: simpleRnn, lstm, gru };
for (const [name, cell] of Object.entries(cells)) {
  if (!wants(name)) continue;
  const started = performance.now();
  const model = sequential(
    [
      embedding({ inputDim: 10_000, outputDim: 128 }), // a vector of 128 numbers for each word, learned
      cell({ units: 128 }), // reads the vectors in order; its last state stands for the whole review
      dense({ units: 1, activation: "sigmoid" }), // the probability that the review is positive
    ],
    { seed },
  );
  // Through 200 steps a gradient can grow without bound, and one such step undoes an epoch: without clipping the LSTM
  // swings between learning and forgetting. Cutting the length of all gradients together to 1 keeps the direction
  // (Pascanu, Mikolov and Bengio 2013). And a learning rate that falls to 0 lets the last epochs settle.
  const learningRate = rate ?? cosineDecay({ initialLearningRate: 0.001, decaySteps: steps });
  const optimizer = adam({ learningRate, ...(clip > 0 ? { globalClipnorm: clip } : {}) });
  model.compile({ optimizer, loss: "binaryCrossentropy", metrics: ["accuracy"] });

  // After a few epochs a network begins to learn its training reviews by heart. The epoch to keep is the one with the
  // least loss on the validation part; with a patience as long as the training, early stopping only picks that epoch.
  const best = earlyStopping({ monitor: "valLoss", patience: epochs });
  // Before the best weights come back, the last epoch's are tested too: to see what keeping the best is worth.
  let lastEpoch = { loss: Number.NaN, accuracy: Number.NaN };
  const testLastEpoch = {
    onTrainEnd: async () => {
      lastEpoch = await model.evaluate(test, { batchSize: 64 });
    },
  };

  say(`Training the ${name}: ${model.countParams()} parameters, ${epochs} epochs`);
  const { history } = await model.fit(train, {
    epochs,
    batchSize,
    validationSplit: 0.2,
    callbacks: [testLastEpoch, best],
    verbose: json ? 0 : 1,
  });
  const { loss, accuracy } = await model.evaluate(test, { batchSize: 64 });
  report(name, {
    validationLoss: history.valLoss[best.bestEpoch],
    validationAccuracy: history.valAccuracy[best.bestEpoch],
    bestEpoch: best.bestEpoch + 1,
    testLoss: loss,
    testAccuracy: accuracy,
    lastEpochTestLoss: lastEpoch.loss,
    lastEpochTestAccuracy: lastEpoch.accuracy,
    seconds: secondsSince(started),
  });
  model.dispose();
}
say("One training each says little about cells a percent apart: other seeds change the order of LSTM and GRU.");
finish();

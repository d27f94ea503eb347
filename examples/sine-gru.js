// The next value of a sine: the smallest thing a recurrent network can learn.
//
//     npm run example sine-gru
//     npm run example sine-gru -- --seed 3 --rate 0.001      (as published: the learning rate stays where it is)
//
// The network is shown ten values in a row and learns to say the eleventh, on the first 80 % of the curve; it is tested
// on the rest, which it has never seen.

import { adam, cosineDecay, dense, gru, minMaxScaler, sequential, sine, tensor, windows } from "gruvy";
import { scoreSeriesBaselines, seriesSplit } from "gruvy/evaluation";
import { program, readable, secondsSince } from "./support/program.js";

const { seed, epochs, rate, say, report, finish } = program({
  name: "sine-gru",
  epochs: 50,
  options: ["rate"],
  models: { gru: { testLoss: "2.2e-7 (five seeds 3.5e-8 to 1.2e-6), at a constant rate of 0.001" } },
});

const window = 10;
const { values } = sine({ points: 1000, from: 0, to: 100 });

// As published, the scaler sees the whole series. Do not do so with data of your own: the least and the greatest value
// of the test part are then known before the test. (A sine has the same everywhere, so here nothing is given away.)
const scaler = minMaxScaler().fit(values);
const scaled = scaler.transform(values);

// The split follows time: a shuffled one would test on windows whose neighbours were trained on.
const firstTest = window + Math.floor(0.8 * (scaled.length - window));
const train = windows(scaled.subarray(0, firstTest), { window });
const test = windows(scaled.subarray(firstTest - window), { window });
say(
  `The next value of a sine: ${train.x.shape[0]} windows of ${window} values to train on, ${test.x.shape[0]} to test`,
);
say(
  "Scaled before the split, to match the published program; one should not, since the scaler then knows the test part",
);

const started = performance.now();
const model = sequential([gru({ units: 50 }), dense({ units: 1 })], { seed });

// One window a step, so 792 small steps an epoch. At a constant rate Adam never comes to rest on so smooth a problem:
// its steps are as long as ever while the gradients vanish, so every few hundred steps the loss jumps up a thousandfold
// and falls again, and the result depends on where in that dance the last step comes. (Keras does the same: four seeds
// ended at 4e-8, 8e-8, 4e-5 and 8e-5.) A rate that falls to nothing lets it settle.
const steps = epochs * train.x.shape[0];
const learningRate = rate ?? cosineDecay({ initialLearningRate: 0.001, decaySteps: steps });
model.compile({ optimizer: adam({ learningRate }), loss: "meanSquaredError" });
say(rate ? `The learning rate stays at ${rate}\n` : "The learning rate falls from 0.001 to 0\n");

await model.fit(train, { epochs, batchSize: 1 });
const { loss } = await model.evaluate(test);
report("gru", { testLoss: loss, seconds: secondsSince(started) });

// The value after the last one, in the data's own units.
const lastWindow = tensor(scaled.subarray(-window), [1, window, 1]);
const [next] = scaler.inverse((await model.predict(lastWindow)).data);
say(`The value after the last one: ${next.toFixed(5)} predicted, ${Math.sin(100 + 100 / 999).toFixed(5)} true`);

// Never without a baseline. The sine is the one curve on which the oldest method cannot be beaten: each value is the
// same combination of the two before it, sin(x + h) = 2 cos(h) sin(x) - sin(x - h).
const split = seriesSplit(scaled.length, { window });
const baselines = scoreSeriesBaselines(scaled, split, { window }).filter(({ name }) =>
  ["lastValue", "linear"].includes(name),
);
for (const { name, test } of baselines) say(`Baseline ${name}: test loss ${readable(test.rmse ** 2)}`);
say("So nobody needs a network for a sine; it is here because everybody knows the answer.");
finish({
  next,
  baselines: Object.fromEntries(baselines.map(({ name, test }) => [name, { testLoss: test.rmse ** 2 }])),
});

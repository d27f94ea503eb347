// Which units, dropout and learning rate read movie reviews best? Keras Tuner's Hyperband, line by line in our names:
// search, take the best hyperparameters, build the model anew, train it for 10 epochs, evaluate.
//
//     npm run example tune-reviews                                     (hours on two cores)
//     npm run example tune-reviews -- --rows 1000 --length 50          (minutes)
//
// Killed at any time, the same command goes on where it was; the study lies in --out (default my_dir).

import { parseArgs } from "node:util";
import { adam, dense, earlyStopping, embedding, gru, sequential, Tensor } from "gruvy";
import { imdb } from "gruvy/node";
import { hyperband } from "gruvy/tuning";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "25000" },
    length: { type: "string", default: "200" },
    epochs: { type: "string", default: "10" },
    out: { type: "string", default: "my_dir" },
    json: { type: "boolean", default: false },
  },
});
const [rows, maxLength, maxEpochs] = ["rows", "length", "epochs"].map(wholeNumber);
const say = (text) => {
  if (!values.json) console.log(text);
};

const { train, test, source } = await imdb({ numWords: 10_000, maxLength, padding: "pre", say });
const first = ({ x, y }) => {
  const count = Math.min(rows, x.shape[0]);
  const part = ({ shape, data }) => {
    const width = data.length / shape[0];
    return new Tensor([count, ...shape.slice(1)], data.slice(0, count * width));
  };
  return { x: part(x), y: part(y) };
};
const [learn, held] = [first(train), first(test)];
say(`${learn.x.shape[0]} reviews of ${maxLength} words to train and validate on: ${source}\n`);

function buildModel(hp) {
  const model = sequential([
    embedding({ inputDim: 10_000, outputDim: 128 }),
    gru({
      units: hp.int("units", { minValue: 32, maxValue: 512, step: 32 }),
      dropout: hp.float("dropout", { minValue: 0, maxValue: 0.5, step: 0.1 }),
    }),
    dense({ units: 1, activation: "sigmoid" }),
  ]);
  model.compile({
    optimizer: adam({ learningRate: hp.choice("learningRate", [1e-2, 1e-3, 1e-4]) }),
    loss: "binaryCrossentropy",
    metrics: ["accuracy"],
  });
  return model;
}

const tuner = hyperband(buildModel, {
  objective: "valAccuracy",
  maxEpochs,
  factor: 3,
  directory: values.out,
  projectName: `gru_tuning_${rows}_${maxLength}_${maxEpochs}`,
});
say(tuner.searchSpaceSummary());
say(tuner.planSummary());

const started = performance.now();
await tuner.search(learn, {
  validationSplit: 0.2,
  callbacks: [earlyStopping({ monitor: "valLoss", patience: 5 })],
  onEvent({ type, trial, best }) {
    if (type === "trialEnd") {
      say(
        `trial ${trial.id} to epoch ${trial.epochs}: ${trial.objective?.toFixed(4) ?? trial.reason}; best ${best?.objective?.toFixed(4)}`,
      );
    }
  },
});
const searched = (performance.now() - started) / 1000;
say(`\n${await tuner.resultsSummary(3)}\n`);

const [best] = await tuner.getBestHyperparameters(1);
const model = tuner.hypermodel.build(best);
const { history } = await model.fit(learn, { epochs: 10, validationSplit: 0.2 });
const { loss, accuracy } = await model.evaluate(held);
say(`Best: ${JSON.stringify(best.values)}`);
say(`Trained anew for 10 epochs: validation accuracy ${history.valAccuracy.at(-1).toFixed(4)}`);
say(`On ${held.x.shape[0]} reviews that nobody has seen: accuracy ${accuracy.toFixed(4)}, loss ${loss.toFixed(4)}`);
say(`The search took ${searched.toFixed(0)} s`);
if (values.json) {
  const trials = (await tuner.trials()).length;
  console.log(
    JSON.stringify({
      example: "tune-reviews",
      trials,
      best: best.values,
      testAccuracy: accuracy,
      testLoss: loss,
      seconds: searched,
    }),
  );
}

function wholeNumber(name) {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 1) {
    console.error(`tune-reviews: expected --${name} to be a whole number from 1, found "${values[name]}"`);
    process.exit(2);
  }
  return value;
}

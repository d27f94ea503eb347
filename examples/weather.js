// A day ahead by the hour, from several inputs: the oil temperature of a transformer (ETTh1, Zhou et al. 2021).
//
//     GRUVY_DATA=<folder with ETTh1.csv> npm run example weather
//     npm run example weather -- --epochs 2 --rows 1000
//
// Two inputs: two days of seven measurements, which a GRU reads, and the time of day and of year at which the forecast
// begins, which is known beforehand. Each window is counted from its last value, and in the deviation of its own
// temperatures: they swing in some months and hardly move in others. The split is the usual one, in time: 12, 4 and 4
// months. Errors are in standard deviations of the training part, as published ones are.

import { join } from "node:path";
import {
  adam,
  concatenate,
  cosineDecay,
  dense,
  earlyStopping,
  flatten,
  gru,
  input,
  model,
  sequential,
  Tensor,
} from "gruvy";
import { openTable } from "gruvy/node";
import { program, secondsSince } from "./support/program.js";

const {
  seed,
  epochs,
  rows = Number.POSITIVE_INFINITY,
  json,
  say,
  report,
  finish,
} = program({
  name: "weather",
  epochs: 10,
  options: ["rows"],
  models: { gru: {} },
});

const [past, ahead] = [48, 24];
/** A window that stands still is not blown up beyond this. */
const least = 0.1;
const table = await openTable(join(process.env.GRUVY_DATA ?? ".", "ETTh1.csv"));
const names = ["HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT"];
const months = 30 * 24;
const [trained, validated, tested] = [12, 16, 20].map((month) => month * months);
const columns = names.map((name) => standardized(table.column(name).numbers()));
const target = columns[columns.length - 1];
const times = [...table.column("date")].map((text) => new Date(`${text.replace(" ", "T")}Z`));

/** All windows whose forecasts lie between two rows. */
function part(from, to) {
  const starts = [];
  for (let begin = Math.max(from, past); begin + ahead <= to; begin++) starts.push(begin);
  const kept = starts.slice(0, rows);
  const history = new Float32Array(kept.length * past * names.length);
  const calendar = new Float32Array(kept.length * 4);
  const y = new Float32Array(kept.length * ahead);
  const swings = new Float32Array(kept.length);
  kept.forEach((begin, row) => {
    const swing = Math.max(least, momentsOf(target.subarray(begin - past, begin)).deviation);
    swings[row] = swing;
    for (let step = 0; step < past; step++) {
      columns.forEach((column, i) => {
        history[(row * past + step) * names.length + i] = (column[begin - past + step] - column[begin - 1]) / swing;
      });
    }
    const day = (2 * Math.PI * times[begin].getUTCHours()) / 24;
    const year = (2 * Math.PI * (times[begin].getUTCMonth() + times[begin].getUTCDate() / 31)) / 12;
    calendar.set([Math.sin(day), Math.cos(day), Math.sin(year), Math.cos(year)], row * 4);
    // Past and future count from the last value: summers and winters differ by more than what a day brings.
    for (let hour = 0; hour < ahead; hour++) {
      y[row * ahead + hour] = (target[begin + hour] - target[begin - 1]) / swing;
    }
  });
  return {
    x: {
      history: new Tensor([kept.length, past, names.length], history),
      calendar: new Tensor([kept.length, 4], calendar),
    },
    y: new Tensor([kept.length, ahead], y),
    // Weighed by its swing, an error is again one in deviations of the training part.
    weight: new Tensor([kept.length], swings),
  };
}

const [train, validation, test] = [part(0, trained), part(trained, validated), part(validated, tested)];
say(
  `${past} hours of ${names.length} measurements, ${ahead} hours ahead: ${train.y.shape[0]} windows to train on, ${test.y.shape[0]} to test\n`,
);

const history = input({ shape: [past, names.length], name: "history" });
const calendar = input({ shape: [4], name: "calendar" });
const read = gru({ units: 32, dropout: 0.2, recurrentDropout: 0.2 }).apply(history);
const forecast = dense({ units: ahead }).apply(concatenate().apply([read, calendar]));
const net = model({ inputs: { history, calendar }, outputs: forecast, seed });

const linear = sequential([input({ shape: [past, names.length] }), flatten(), dense({ units: ahead })], { seed });

async function scored(one, x, name) {
  const started = performance.now();
  const batchSize = 64;
  const decaySteps = epochs * Math.ceil(train.y.shape[0] / batchSize);
  one.compile({
    optimizer: adam({ learningRate: cosineDecay({ initialLearningRate: 0.002, decaySteps }) }),
    loss: "mae",
    metrics: ["mse"],
  });
  say(name);
  const best = earlyStopping({ monitor: "valLoss", patience: epochs }); // keeps the best epoch's weights
  await one.fit(x(train), train.y, {
    epochs,
    batchSize,
    sampleWeight: train.weight,
    validationData: [x(validation), validation.y, validation.weight],
    callbacks: [best],
    verbose: json ? 0 : 1,
  });
  const { loss } = await one.evaluate(x(test), test.y, { sampleWeight: test.weight });
  return { testLoss: loss, bestEpoch: best.bestEpoch + 1, seconds: secondsSince(started) };
}

const ofLinear = await scored(linear, ({ x }) => x.history, "A linear model of all of the past:");
const ofGru = await scored(net, ({ x }) => x, "The GRU and the calendar:");
report("gru", ofGru);
const last = meanError((begin) => () => target[begin - 1]);
const dayBefore = meanError((begin) => (hour) => target[begin + hour - 24]);
say(
  `Mean absolute errors on the test part of the others: linear ${ofLinear.testLoss.toFixed(3)}, the last value ${last.toFixed(3)}, the same hour a day before ${dayBefore.toFixed(3)}`,
);
say(`The GRU ${ofGru.testLoss < last ? "beats" : "does not beat"} the last value.`);
finish({
  baselines: {
    linear: { testLoss: ofLinear.testLoss },
    lastValue: { testLoss: last },
    dayBefore: { testLoss: dayBefore },
  },
});

/** In deviations of the training part. */
function standardized(values) {
  const { mean, deviation } = momentsOf(values.subarray(0, trained));
  return Float32Array.from(values, (value) => (value - mean) / (deviation || 1));
}

function momentsOf(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}

function meanError(forecastFrom) {
  let sum = 0;
  let count = 0;
  for (let begin = Math.max(validated, past); begin + ahead <= tested; begin++) {
    const at = forecastFrom(begin);
    for (let hour = 0; hour < ahead; hour++) sum += Math.abs(at(hour) - target[begin + hour]);
    count += ahead;
  }
  return sum / count;
}

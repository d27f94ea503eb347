// What the examples share: their options, and how a result is shown beside the published one.

import { parseArgs } from "node:util";
import { enableExperimentalSimd } from "gruvy";

/**
 * Reads the command line of an example.
 *
 *     --seed n    decides first weights, order of the rows and dropout; 0 by default
 *     --epochs n  fewer make a quick try
 *     --rate x    a constant learning rate in place of the example's own (where it has one)
 *     --clip x    the length to which gradients are cut, 0 for none (where it has one)
 *     --rows n    fewer rows to train on make a quick try too (where it has that)
 *     --only a,b  some of the models (where there are several)
 *     --json      one object on standard output, and nothing else
 *
 * @param {object} about
 * @param {string} about.name
 * @param {number} about.epochs
 * @param {Record<string, Record<string, string>>} about.models the published numbers of each, as text
 * @param {string} [about.headline] the model whose numbers stand at the top of the JSON; else the best validated one
 * @param {string[]} [about.options] those of `rate`, `clip`, `rows` and `out` that the example has
 */
export function program({ name, epochs, models, headline, options = [] }) {
  const given = readOptions(name, { epochs, models: Object.keys(models), options });
  // The process is ours, so Node's engine may use what it keeps behind flags.
  enableExperimentalSimd();
  const started = performance.now();
  const results = {};
  // What the library refuses says in one sentence what to do; where in the code it was refused helps nobody here.
  process.once("uncaughtException", (error) => {
    console.error(error.name === "GruvyError" ? `${name}: ${error.message}` : error);
    process.exit(1);
  });
  return {
    ...given,
    /** Tells a reader what happens; silent with --json. */
    say(text = "") {
      if (!given.json) console.log(text);
    },
    /** Whether a model is to be trained. */
    wants: (model) => given.only.includes(model),
    /** Keeps the numbers of a model, and shows them beside the published ones. */
    report(model, result) {
      results[model] = result;
      if (!given.json) console.log(`${table(model, result, models[model])}\n`);
    },
    /** Ends the program. `extra` goes into the JSON. */
    finish(extra = {}) {
      if (!given.json) return;
      const done = Object.keys(results);
      const top = headline && done.includes(headline) ? headline : bestValidated(results);
      const seconds = (performance.now() - started) / 1000;
      const record = {
        example: name,
        seed: given.seed,
        epochs: given.epochs,
        rate: given.rate,
        clip: given.clip,
        model: top,
      };
      const several = Object.keys(models).length > 1 ? { models: results } : {};
      const published = Object.fromEntries(done.map((model) => [model, models[model]]));
      console.log(JSON.stringify({ ...record, ...results[top], seconds, ...extra, ...several, published }));
    },
  };
}

/** Seconds since a reading of `performance.now()`. */
export const secondsSince = (started) => (performance.now() - started) / 1000;

/** Numbers as one reads them: 2.2e-7, 0.0114, 0.866, 54.7, 1830. */
export function readable(value) {
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1);
  return Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** How the numbers of a result are called when people read them. */
export const titles = {
  chrf: "chrF",
  testLoss: "test loss",
  testAccuracy: "test accuracy",
  validationLoss: "validation loss",
  validationAccuracy: "validation accuracy",
  lastEpochTestAccuracy: "test accuracy, last epoch",
  lastEpochTestLoss: "test loss, last epoch",
  leakedTestAccuracy: "test accuracy of the epoch chosen on the test part",
  bestEpoch: "epoch kept",
  rmse: "RMSE",
  seconds: "seconds",
};

function readOptions(name, { epochs, models, options }) {
  const known = {
    seed: { type: "string" },
    epochs: { type: "string" },
    json: { type: "boolean" },
    ...(models.length > 1 ? { only: { type: "string" } } : {}),
    ...Object.fromEntries(options.map((option) => [option, { type: "string" }])),
  };
  try {
    const { values } = parseArgs({ options: known });
    return {
      seed: wholeNumber("seed", values.seed ?? "0", 0),
      epochs: wholeNumber("epochs", values.epochs ?? String(epochs), 1),
      rate: values.rate === undefined ? undefined : positive("rate", values.rate),
      clip: values.clip === undefined ? undefined : positive("clip", values.clip, 0),
      rows: values.rows === undefined ? undefined : wholeNumber("rows", values.rows, 1),
      only: chosen(values.only, models),
      out: values.out,
      json: values.json ?? false,
    };
  } catch (error) {
    console.error(
      `${name}: ${error.message}\nOptions: ${Object.keys(known)
        .map((option) => `--${option}`)
        .join(" ")}`,
    );
    process.exit(2);
  }
}

function wholeNumber(option, text, least) {
  const value = Number(text);
  if (text.trim() !== "" && Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(`expected --${option} to be a whole number from ${least}, found "${text}"`);
}

function positive(option, text, least = Number.MIN_VALUE) {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= least) return value;
  throw new Error(`expected --${option} to be a number ${least === 0 ? "from" : "above"} 0, found "${text}"`);
}

function chosen(text, models) {
  if (text === undefined) return models;
  const names = text.split(",");
  const unknown = names.find((model) => !models.includes(model));
  if (unknown === undefined) return names;
  throw new Error(`expected --only to name some of ${models.join(", ")}, found "${unknown}"`);
}

function bestValidated(results) {
  const loss = (model) => results[model].validationLoss ?? Number.POSITIVE_INFINITY;
  return Object.keys(results).reduce((best, model) => (loss(model) < loss(best) ? model : best));
}

function table(model, result, published = {}) {
  const rows = Object.keys(titles).filter((key) => key in result);
  const width = Math.max(...rows.map((key) => titles[key].length));
  const lines = rows.map((key) => {
    const beside = key in published ? `   published: ${published[key]}` : "";
    return `  ${titles[key].padEnd(width)}  ${readable(result[key]).padEnd(8)}${beside}`.trimEnd();
  });
  return [model, ...lines].join("\n");
}

// What `npm run examples` runs, what was published, and what the results are held to.

/**
 * @typedef {object} Entry
 * @property {string} example
 * @property {string} model one of the example's models
 * @property {string} title
 * @property {string[]} args options of the run
 * @property {number} seeds how many, from 0
 * @property {string} metric the number that is compared
 * @property {string} published that number in Keras 3.15
 * @property {string} [held] what it is held to, in words
 * @property {(median: number, values: number[]) => boolean} [holds]
 * @property {string[]} [also] other numbers worth a column
 */

const cells = (model, title, published, clips, held) => ({
  example: "review-cells",
  model,
  title: `${title}; ${clips ? "gradients clipped to 1, the rate falls to 0" : "no clipping, rate 0.001, as published"}`,
  args: ["--only", model, ...(clips ? [] : ["--clip", "0", "--rate", "0.001"])],
  seeds: 3,
  metric: "testAccuracy",
  published,
  also: ["lastEpochTestAccuracy", "testLoss", "validationLoss", "bestEpoch"],
  ...(held ? { held: "median at least .85", holds: (median) => median >= 0.85 } : {}),
});

const reviewGru = (model, title, published, also) => ({
  example: "review-gru",
  model,
  title,
  args: ["--only", model],
  seeds: 3,
  metric: "testAccuracy",
  published,
  also,
});

/** A network on a series, as we train it and held to something, then as it was published. */
const seriesRuns = ({ title, ours, theirs, held, holds, ...run }) => [
  { ...run, model: "gru", title: `${title}; ${ours}`, args: [], held, holds },
  { ...run, model: "gru", title: `${title}; ${theirs}, as published`, args: ["--rate", "0.001"] },
];

/** @type {Entry[]} */
export const plan = [
  ...seriesRuns({
    example: "sine-gru",
    title: "Sine, one GRU",
    ours: "the rate falls to 0",
    theirs: "constant rate 0.001",
    seeds: 5,
    metric: "testLoss",
    published: "2.2e-7 (five seeds 3.5e-8 to 1.2e-6)",
    held: "median at most 6.6e-7, none above 2.2e-6",
    holds: (median, values) => median <= 6.6e-7 && Math.max(...values) <= 2.2e-6,
  }),
  ...seriesRuns({
    example: "sine-stacked",
    title: "Sine, two GRUs and dropout",
    ours: "the rate falls to 0",
    theirs: "constant rate 0.001",
    seeds: 3,
    metric: "testLoss",
    published: "2.3e-5 (three seeds 3e-5 to 2.3e-4)",
    held: "median at most 1e-4",
    holds: (median) => median <= 1e-4,
  }),
  ...seriesRuns({
    example: "airline-gru",
    title: "Airline passengers, two GRUs",
    ours: "rate 0.002",
    theirs: "rate 0.001",
    seeds: 5,
    metric: "validationLoss",
    published: ".0114 (five seeds .0097 to .0134)",
    also: ["rmse"],
    held: "within .014",
    holds: (_, values) => Math.max(...values) <= 0.014,
  }),
  ...[true, false].flatMap((clips) => [
    cells("rnn", "Reviews, simple RNN", ".663 (last epoch .571 and .590)", clips, false),
    cells("lstm", "Reviews, LSTM", ".868 (last epoch .784 and .868)", clips, clips),
    cells("gru", "Reviews, GRU", ".879 (last epoch .866 and .851)", clips, clips),
  ]),
  reviewGru("plain", "Reviews of 500 words, GRU", "", ["testLoss", "validationLoss", "bestEpoch"]),
  reviewGru("dropout", "Reviews of 500 words, GRU with dropout, last epoch", ".879, loss .3825", [
    "testLoss",
    "leakedTestAccuracy",
  ]),
  reviewGru("resetBefore", "Reviews of 500 words, GRU with the reset gate before", "", [
    "testLoss",
    "validationLoss",
    "bestEpoch",
  ]),
  {
    example: "review-bidirectional",
    model: "lstm",
    title: "Reviews, two layers of LSTMs in both directions",
    args: [],
    seeds: 1,
    metric: "testAccuracy",
    published: "about .87",
    also: ["validationAccuracy", "testLoss", "bestEpoch"],
  },
  {
    example: "addition",
    model: "gru",
    title: "Adding numbers digit by digit, two GRUs",
    args: [],
    seeds: 1,
    metric: "testAccuracy",
    published: ".99",
    held: ".99 of the digits",
    holds: (median) => median >= 0.99,
  },
  {
    example: "shakespeare",
    model: "gru",
    title: "Characters of Shakespeare, two GRUs",
    args: [],
    seeds: 1,
    metric: "testLoss",
    published: "1.47",
    also: ["testAccuracy"],
    held: "at most 1.50 nats",
    holds: (median) => median <= 1.5,
  },
  {
    example: "weather",
    model: "gru",
    title:
      "Oil temperature a day ahead, a GRU and the calendar; the last value has an MAE of .139, a linear model .154",
    args: [],
    seeds: 3,
    metric: "testLoss",
    published: "",
    also: ["bestEpoch"],
    held: "all below the last value",
    holds: (_, values) => Math.max(...values) < 0.139,
  },
  {
    example: "translation",
    model: "gru",
    title: "English to French, GRUs with attention; word for word has a chrF of 43.2",
    args: [],
    seeds: 1,
    metric: "chrf",
    published: "50.5 on JAX, 44.0 on TensorFlow (bench/translation.js)",
    also: ["validationLoss", "bestEpoch"],
    held: "above word for word",
    holds: (median) => median > 43.2,
  },
];

/** What tells one line of the plan from another. */
export const keyOf = ({ example, model, args }) => [example, model, ...args].join(" ");

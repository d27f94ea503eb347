import type { Explanation } from "../tasks/explanation.ts";

const course = (values: readonly number[]) => ({
  mean: values,
  low: values.map((v) => v / 2),
  high: values.map((v) => (1 + v) / 2),
});

/** Two texts, one of them named; `text` stands wherever a value of the data can. */
export function textsExplained(text?: string): Explanation {
  const words = ["(start)", "a", "warm", "and", "funny", "film"];
  const steps = words.map((word, i) => ({
    text: text ?? word,
    occlusion: [0.1, -0.2, 1.5, 0, 2.75, -0.4][i],
    gradient: i / 3 - 0.5,
  }));
  const gates = { z: course([0.2, 0.3, 0.5, 0.9, 0.4, 0.35]), r: course([0.5, 0.4, 0.6, 0.2, 0.3, 0.55]) };
  const row = {
    row: 4,
    name: text ?? "text 4",
    answer: text ?? "positive",
    truth: text ?? "positive",
    confidence: 0.97,
    steps,
  };
  return {
    model: { name: text ?? "reviews.gruvy", cell: "gru", parameters: 12345 },
    data: { name: text ?? "reviews", source: text ?? "reviews.csv", kind: "texts", rows: 400 },
    measure: { kind: "logOdds", label: text ?? "positive" },
    rows: [
      { ...row, why: "surest", layers: [{ layer: text ?? "gru", gates }] },
      { ...row, row: 9, name: text ?? "text 9", truth: text ?? "negative", layers: [{ layer: text ?? "gru", gates }] },
    ],
    memory: {
      metric: "loss",
      rows: 200,
      lengths: [1, 2, 3, 4, 6, 8, 12],
      scores: [0.69, 0.6, 0.5, 0.4, 0.32, 0.31, 0.31],
      length: 6,
    },
    gates: [
      {
        layer: text ?? "gru",
        units: 4,
        gates: [
          { name: "z", mean: 0.44, closed: 0.125, open: 0.0625 },
          { name: "r", mean: 0.51, closed: 0.25, open: 0 },
        ],
        halfLives: { gate: "z", steps: [0.5, 1.25, 8, 1e6] },
      },
    ],
    command: text ?? "gruvy explain reviews.gruvy reviews.csv",
    versions: { gruvy: "0.1.0" },
    date: "2026-05-04T03:02:01.000Z",
  };
}

/** A forecast of a series by a cell without gates. */
export function seriesExplained(): Explanation {
  const base = textsExplained();
  const steps = [310, 362, 405, 391].map((value, i) => ({
    text: `1960-0${i + 1}`,
    value,
    occlusion: [3, -12.5, 0, 40.25][i],
    gradient: i,
  }));
  return {
    ...base,
    data: {
      ...{ name: "airline-passengers", source: "made", kind: "series", rows: 27 },
      ...{ target: "passengers", transform: "logDifference" },
    },
    measure: { kind: "value", unit: "thousand passengers" },
    rows: [
      {
        row: 143,
        why: "last",
        name: "1960-05",
        answer: "409.4",
        values: { truth: 396, answer: 409.4 },
        truth: "396",
        steps,
        layers: [{ layer: "simple_rnn", gates: { h: course([0.2, 0.4, 0.5, 0.95]) } }],
      },
      { row: 144, name: "+1", answer: "409.4", values: { answer: 409.4 }, steps, layers: [] },
    ],
    memory: { metric: "rmse", rows: 27, lengths: [1, 2, 4], scores: [18.5, 19, 18.6] },
    gates: [{ layer: "simple_rnn", units: 3, gates: [{ name: "h", mean: 0.5, closed: 0, open: 0.1 }] }],
  };
}

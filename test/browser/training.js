// What is trained in Node and in a page: the same code on the same numbers, every result as its bits.

const [ROWS, STEPS, WORDS] = [70, 11, 30];
/** Numbers that need no random generator. */
const wave = (/** @type {number} */ i) => Math.fround((((i * 7919) % 2003) - 1001) / 1001);

const tokens = Array.from({ length: ROWS }, (_, row) =>
  Array.from({ length: STEPS }, (_, t) => (t < row % 5 ? 0 : 1 + ((row * 31 + t * t * 7) % (WORDS - 1)))),
);
const series = Array.from({ length: ROWS }, (_, row) =>
  Array.from({ length: STEPS }, (_, t) => [wave(row * STEPS + t), wave(3 * row + t)]),
);
const labels = Array.from({ length: ROWS }, (_, row) => [(row * row) % 3 === 1 ? 1 : 0]);

/** @param {typeof import("../../src/index.ts")} gruvy */
function models({ sequential, embedding, gru, lstm, simpleRnn, dense, dropout, input }) {
  const texts = () =>
    sequential([
      embedding({ inputDim: WORDS, outputDim: 12, maskZero: true }),
      gru({ units: 17, returnSequences: true, recurrentDropout: 0.2 }),
      dropout({ rate: 0.3 }),
      gru({ units: 9, resetAfter: false, dropout: 0.2 }),
      dense({ units: 1, activation: "sigmoid" }),
    ]);
  const numbers = () =>
    sequential([
      input({ shape: [STEPS, 2] }),
      lstm({ units: 10, returnSequences: true }),
      simpleRnn({ units: 33 }),
      dense({ units: 1, activation: "sigmoid" }),
    ]);
  return /** @type {const} */ ([
    ["masked texts, two GRUs, dropout", texts, tokens],
    ["series, LSTM, simple RNN", numbers, series],
  ]);
}

const bitsOf = (/** @type {ArrayLike<number>} */ data) => [...new Uint32Array(Float32Array.from(data).buffer)];

/**
 * Losses, weights and predictions of each model, with both kinds of arithmetic.
 *
 * @param {typeof import("../../src/index.ts")} gruvy
 * @returns {Promise<Record<string, number[]>>}
 */
export async function trainAll(gruvy) {
  /** @type {Record<string, number[]>} */
  const results = {};
  for (const numerics of /** @type {const} */ (["exact", "fast"])) {
    for (const [name, make, x] of models(gruvy)) {
      const model = make();
      model.compile({ optimizer: gruvy.adam({ learningRate: 0.01 }), loss: "binaryCrossentropy", numerics });
      const { history } = await model.fit(x, labels, { epochs: 3, batchSize: 32, validationSplit: 0.2 });
      const weights = await model.getWeights();
      const predicted = await model.predict(x);
      results[`${numerics}: ${name}`] = [
        ...bitsOf([...history.loss, ...history.valLoss]),
        ...weights.flatMap(({ data }) => bitsOf(data)),
        ...bitsOf(predicted.data),
      ];
      model.dispose();
    }
  }
  return results;
}

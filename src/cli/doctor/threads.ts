import { setThreads } from "../../engine/index.ts";
import { adam, dense, embedding, gru, sequential } from "../../model/index.ts";

const [WORDS, STEPS, ROWS] = [50, 12, 90];

/** Trains a small model on this many threads: its weights, all in one. */
async function trained(threads: number): Promise<Float32Array> {
  setThreads(threads);
  const model = sequential([
    embedding({ inputDim: WORDS, outputDim: 10, maskZero: true }),
    gru({ units: 17, dropout: 0.2 }),
    dense({ units: 1, activation: "sigmoid" }),
  ]);
  try {
    model.compile({ optimizer: adam(), loss: "binaryCrossentropy" });
    const x = Array.from({ length: ROWS }, (_, row) =>
      Array.from({ length: STEPS }, (_, t) => (row * 7 + t * t) % WORDS),
    );
    const y = x.map((_, row) => [row % 2]);
    await model.fit(x, y, { epochs: 2, batchSize: 64 });
    const weights = await model.getWeights();
    return Float32Array.from(weights.flatMap((weight) => [...weight.data]));
  } finally {
    model.dispose();
  }
}

/** Whether several threads work at all, and give the bits of one; what is wrong, or nothing. */
export async function threadProblem(threads: number): Promise<string> {
  try {
    const alone = await trained(1);
    const together = await trained(threads);
    const at = alone.findIndex((value, i) => !Object.is(value, together[i]));
    return at < 0 ? "" : `weight ${at} is ${together[at]} on ${threads} threads and ${alone[at]} on one`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

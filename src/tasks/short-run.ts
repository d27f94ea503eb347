import { GruvyError, random, shown, stream, Tensor } from "../base/index.ts";
import { earlyStopping, type History, type Model, reduceLrOnPlateau, type TrainingState } from "../model/index.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { ITERATIONS, modelFromParts } from "./model-parts.ts";

/** Epochs of the short run, and batches of each; the last one is not whole. */
const EPOCHS = 3;
const BATCHES = 6;
/** Longer sequences, and larger batches, prove nothing more. */
const MOST_STEPS = 32;
const MOST_ROWS = 32;

/** What a run's settings say of its data: "203 rows of 9 x 3 with 1 targets, 0123abcd". */
const DATA = /^\d+ rows of (\d+) x/;

/** The shape of the model's input, as its architecture has it. */
interface Input {
  readonly kind: "tokens" | "vector" | "sequence";
  readonly features: number;
  readonly steps: number | null;
}

function inputOf({ architecture, run }: TrainingState): Input & { readonly steps: number } {
  const { kind, input } = architecture;
  if (kind !== "sequential" || typeof input !== "object" || input === null || Array.isArray(input)) {
    throw new GruvyError(
      "usage/verify",
      `Expected a run of a sequential model, found one of ${shown(kind)}`,
      "Runs of other models cannot be verified yet.",
    );
  }
  const given = input as unknown as Input;
  const { data } = run.settings as { readonly data?: unknown };
  const said = Number(DATA.exec(String(data))?.[1] ?? MOST_STEPS);
  return { ...given, steps: given.kind === "vector" ? 1 : (given.steps ?? Math.min(said, MOST_STEPS)) };
}

/** Made-up rows that the model takes, with targets that its loss does. */
function rowsFor(model: Model, { kind, features, steps }: Input & { readonly steps: number }, rows: number) {
  const numbers = random(model.seed, stream.data, 1);
  const filled = (shape: readonly number[], value: (i: number) => number, whole = false) => {
    const length = shape.reduce((product, size) => product * size, 1);
    const data = Array.from({ length }, (_, i) => value(i));
    return new Tensor(shape, whole ? Int32Array.from(data) : Float32Array.from(data));
  };
  const tokens =
    kind === "tokens" ? Number(model.layers.find((layer) => layer.kind === "embedding")?.config.inputDim) : 0;
  const x =
    kind === "tokens"
      ? filled([rows, steps], (i) => numbers.below(i, tokens), true)
      : filled(kind === "vector" ? [rows, features] : [rows, steps, features], (i) => numbers.normal(i));
  const target = model.targets[0]!;
  const shape = [rows, ...(target.sequence ? [target.places([steps])] : [])];
  // Between 0 and 1, where every loss is at home.
  const others = random(model.seed, stream.data, 2);
  const y = target.classes
    ? filled(shape, (i) => others.below(i, target.features), true)
    : filled([...shape, target.features], (i) => others.uniform(i));
  return { x, y };
}

/**
 * A short training from where a state stands, on rows made up for its model, with dropout, shuffling, early stopping and
 * a plateau: begun, or gone on with from what `saving` has kept. What `gruvy verify` kills and lets go on.
 *
 * @throws {GruvyError} `usage/verify` for a state of a model that is not sequential, `file/...`.
 */
export async function shortRun(
  state: TrainingState,
  saving: Checkpoint,
  begun: () => void = () => {},
): Promise<{ readonly model: Model; readonly history: History }> {
  const input = inputOf(state);
  const { architecture, weights, optimizer } = state;
  const iterations = new Tensor([], Int32Array.of(optimizer.iterations));
  const parts = { architecture, tensors: weights, optimizer: new Map(optimizer.tensors).set(ITERATIONS, iterations) };
  const model = await modelFromParts(parts, "the checkpoint");
  if (!model.isCompiled)
    throw new GruvyError("usage/verify", "Expected a run of a compiled model, found one that is not");
  const { batchSize: said } = state.run.settings as { readonly batchSize?: unknown };
  const batchSize = model.fixedBatch ?? Math.min(MOST_ROWS, typeof said === "number" ? said : MOST_ROWS);
  const rows = model.fixedBatch ? BATCHES * batchSize : (BATCHES - 1) * batchSize + Math.ceil(batchSize / 3);
  const { x, y } = rowsFor(model, input, rows);
  const history = await model.fit(x, y, {
    epochs: EPOCHS,
    batchSize,
    callbacks: [
      { onTrainBegin: begun, getState: () => ({}), setState: begun },
      reduceLrOnPlateau({ monitor: "loss", factor: 0.5, patience: 1 }),
      earlyStopping({ monitor: "loss", patience: EPOCHS }),
      saving,
    ],
    resumeFrom: saving,
  });
  return { model, history };
}

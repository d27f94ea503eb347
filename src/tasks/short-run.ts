import { GruvyError, normal, product, random, stream, Tensor } from "../base/index.ts";
import { earlyStopping, type History, type Model, reduceLrOnPlateau, type TrainingState } from "../model/index.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { ITERATIONS, modelFromParts } from "./model-parts.ts";

/** Epochs of the short run, and batches of each; the last one is not whole. */
const EPOCHS = 3;
const BATCHES = 6;
/** Longer sequences, and larger batches, prove nothing more. */
const MOST_STEPS = 32;
const MOST_ROWS = 32;

/** What a run's settings say of its data: "203 rows of 9 x 3 and 1 x 4 with 1 targets, 0123abcd". */
const DATA = /^\d+ rows of ((?:\d+ x \d+(?: and )?)+) with /;

/** Steps of each input: those that the model fixes, else those of the run's own data, if they are not too many. */
function stepsOf({ run }: TrainingState, inputs: Model["inputs"]): number[] {
  const { data } = run.settings as { readonly data?: unknown };
  const said = DATA.exec(String(data))?.[1]
    .split(" and ")
    .map((each) => Number.parseInt(each, 10));
  return inputs.map(({ steps }, i) => steps ?? Math.min(said?.[i] ?? MOST_STEPS, MOST_STEPS));
}

/** Made-up rows that the model takes, with targets that its loss does, by name. */
function rowsFor(model: Model, steps: readonly number[], rows: number) {
  const filled = (shape: readonly number[], value: (i: number) => number, whole: boolean) => {
    const data = Array.from({ length: product(shape) }, (_, i) => value(i));
    return new Tensor(shape, whole ? Int32Array.from(data) : Float32Array.from(data));
  };
  const stepsOfAxis: number[] = [];
  const x = model.inputs.map(({ name, kind, features, tokens, axis }, i) => {
    const numbers = random(model.seed, stream.data, 2 * i + 1);
    if (axis !== undefined) stepsOfAxis[axis] ??= steps[i];
    const shape = [rows, ...(axis === undefined ? [] : [stepsOfAxis[axis]]), ...(kind === "tokens" ? [] : [features])];
    const whole = kind === "tokens";
    return [name, filled(shape, (j) => (whole ? numbers.below(j, tokens) : normal(numbers, j)), whole)] as const;
  });
  const y = model.targets.flatMap((target, i) => {
    if (!target) return [];
    const numbers = random(model.seed, stream.data, 2 * i + 2);
    const shape = [rows, ...(target.sequence ? [target.places(stepsOfAxis)] : [])];
    // Between 0 and 1, where every loss is at home.
    const tensor = target.classes
      ? filled(shape, (j) => numbers.below(j, target.features), true)
      : filled([...shape, target.features], (j) => numbers.uniform(j), false);
    return [[target.name, tensor] as const];
  });
  return { x: Object.fromEntries(x), y: Object.fromEntries(y) };
}

/**
 * A short training from where a state stands, on rows made up for its model, with dropout, shuffling, early stopping and
 * a plateau: begun, or gone on with from what `saving` has kept. What `gruvy verify` kills and lets go on.
 *
 * @throws {GruvyError} `model/...` for a model of layers or losses that are not known here, `file/...`.
 */
export async function shortRun(
  state: TrainingState,
  saving: Checkpoint,
  begun: () => void = () => {},
): Promise<{ readonly model: Model; readonly history: History }> {
  const { architecture, weights, optimizer } = state;
  const iterations = new Tensor([], Int32Array.of(optimizer.iterations));
  const parts = { architecture, tensors: weights, optimizer: new Map(optimizer.tensors).set(ITERATIONS, iterations) };
  const model = await modelFromParts(parts, "the checkpoint");
  if (!model.isCompiled)
    throw new GruvyError("usage/verify", "Expected a run of a compiled model, found one that is not");
  const { batchSize: said } = state.run.settings as { readonly batchSize?: unknown };
  const batchSize = model.fixedBatch ?? Math.min(MOST_ROWS, typeof said === "number" ? said : MOST_ROWS);
  const rows = model.fixedBatch ? BATCHES * batchSize : (BATCHES - 1) * batchSize + Math.ceil(batchSize / 3);
  const history = await model.fit(rowsFor(model, stepsOf(state, model.inputs), rows), {
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

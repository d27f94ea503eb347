import { join, resolve } from "node:path";
import { counted, GruvyError, type Store } from "../base/index.ts";
import { directoryStore, lockFolder, writeDurably } from "../storage/node.ts";
import {
  type Checkpoint,
  type ComparisonResult,
  checkpointTo,
  modelBytes,
  refuseKerasName,
  train,
} from "../tasks/index.ts";
import { startEngine } from "./engine.ts";
import { errorObject, SaveFailed, UsageError } from "./exit.ts";
import { type TrainFlags, withoutData } from "./flags.ts";
import { open } from "./open.ts";
import { checkFile, checkFolder } from "./place.ts";
import { resultText } from "./run-compare.ts";
import { session, typedCommand } from "./session.ts";
import { print } from "./terminal.ts";

/** `gruvy train`: trains one cell and writes its file; interrupted, or when a thread dies, it writes the best weights so far. */
export async function runTrain(spec: string, flags: TrainFlags): Promise<void> {
  const { cell, out, json, verbose, threads, checkpoint, resume, ...options } = withoutData(flags);
  const { test } = flags;
  const run = session(flags);
  const inputs = test === undefined ? [spec] : [spec, test];
  refuseKerasName(out, "--out", "usage/out");
  const saving = await openCheckpoint(flags, inputs, run.line);
  startEngine(threads);
  const opened = await open(spec, flags, run);
  await checkFile(out, inputs);
  const { fitted, result, trouble } = await train(opened.data, {
    ...options,
    cell,
    checkpoint: saving,
    resume,
    command: typedCommand(),
    onProgress: run.observe,
    signal: run.signal,
  }).catch((error: unknown) => {
    throw inFlags(error);
  });
  const bytes = await modelBytes(fitted);
  try {
    await writeDurably(out, bytes);
  } catch (error) {
    throw new SaveFailed(error instanceof Error ? error.message : String(error), { cause: error });
  }
  run.clear();
  const next = checkpoint === undefined ? "" : " The same command with --resume goes on with the training.";
  const error = trouble
    ? new GruvyError(trouble.code, trouble.message, await afterTrouble(trouble, flags))
    : run.interrupted(`${out} holds the best weights so far.${next}`);
  await print(
    json
      ? `${JSON.stringify({ ...result, model: out, bytes: bytes.length, ...errorObject(error) })}\n`
      : trainedText(result, out, bytes),
  );
  if (error) throw error;
}

/** What there is after a training that ended against its will, and how one goes on. */
async function afterTrouble({ kind }: GruvyError, { out, checkpoint }: TrainFlags): Promise<string> {
  if (kind === "training") return `${out} holds the weights of its best epoch.`;
  const kept = `${out} holds the best weights so far.`;
  if (checkpoint === undefined)
    return `${kept} Start again; with --checkpoint <folder> such a training can be gone on with.`;
  const found = (await directoryStore(checkpoint).list()).some((name) => CHECKPOINT.test(name));
  return `${kept} The same command with --resume ${found ? `goes on from the newest state in ${checkpoint}` : "begins it again"}.`;
}

/** What the library says of its options, in those of the command. */
function inFlags(error: unknown): unknown {
  if (!(error instanceof GruvyError) || error.code !== "usage/resume") return error;
  const [what] = error.message.split(". Give what it was begun with");
  return new GruvyError(error.code, what, "Give the data and options it was begun with, or another --checkpoint.");
}

const SECONDS = 10;
const CHECKPOINT = /^checkpoint-\d+\.gruvy$/;

/** The folder of the training's state; one that holds another training is refused before any work is done. */
async function openCheckpoint(
  { checkpoint: folder, resume, out }: TrainFlags,
  inputs: readonly string[],
  warn: (text: string) => void,
): Promise<Checkpoint | undefined> {
  if (folder === undefined) {
    if (!resume) return undefined;
    throw new UsageError("--resume needs the folder of the training: --checkpoint <folder>");
  }
  if (resolve(out) === resolve(folder))
    throw new UsageError(`Expected --out and --checkpoint to be different places, found ${out} for both`);
  await checkFolder(folder, inputs, { option: "--checkpoint" });
  const store = directoryStore(folder);
  const found = (await store.list()).filter((name) => CHECKPOINT.test(name));
  if (resume && found.length === 0)
    warn(`There is no checkpoint in ${folder} to go on from: the training begins anew.`);
  let read = "";
  const noting: Store = {
    ...store,
    read: (name) => {
      read = name;
      return store.read(name);
    },
  };
  const saving = checkpointTo(noting, { every: { seconds: SECONDS }, warn }, () => lockFolder(folder));
  if (resume || found.length === 0) return saysWhence(saving, () => join(folder, read), warn);
  throw new UsageError(
    `Expected no checkpoints of another training in ${folder}, found ${found.length}. Add --resume to go on with it, or choose another folder`,
  );
}

/** Says from where a training goes on, once it does. */
function saysWhence(saving: Checkpoint, whence: () => string, say: (text: string) => void): Checkpoint {
  let position: Readonly<Record<string, unknown>> | undefined;
  return {
    ...saving,
    async load() {
      const state = await saving.load();
      position = state?.run.position as typeof position;
      return state;
    },
    async onTrainBegin(trainer) {
      await saving.onTrainBegin?.(trainer);
      if (!trainer.resumed || position === undefined) return;
      const epochs = counted(Number(position.epoch), "whole epoch", "whole epochs");
      const steps = counted(Number(position.steps), "step", "steps");
      say(`The training goes on from ${whence()}, after ${epochs} (${steps}).`);
    },
  };
}

function trainedText(result: ComparisonResult, out: string, bytes: Uint8Array): string {
  const next =
    result.data.kind === "series"
      ? `Go on past the end: ${typedCommand(["forecast", out, "--horizon", Number(result.settings.horizon) > 1 ? `${result.settings.horizon}` : "12"])}`
      : `Answers for new rows: ${typedCommand(["predict", out])} <data>`;
  return `${resultText(result)}\nModel: ${out} (${Math.ceil(bytes.length / 1024)} KB)\n${next}\n`;
}

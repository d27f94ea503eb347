import { GruvyError } from "../base/index.ts";
import { writeDurably } from "../storage/node.ts";
import { type ComparisonResult, modelBytes, train } from "../tasks/index.ts";
import { startEngine } from "./engine.ts";
import { SaveFailed } from "./exit.ts";
import type { TrainFlags } from "./flags.ts";
import { open } from "./open.ts";
import { checkFile } from "./place.ts";
import { resultText } from "./run-compare.ts";
import { session, typedCommand } from "./session.ts";
import { print } from "./terminal.ts";

/** `gruvy train`: trains one cell and writes its file; interrupted, it writes the best weights so far. */
export async function runTrain(spec: string, flags: TrainFlags): Promise<void> {
  const { cell, out, json, verbose, target, text, label, length, test, threads, ...options } = flags;
  const run = session(flags);
  startEngine(threads);
  const opened = await open(spec, flags, run);
  await checkFile(out, test === undefined ? [spec] : [spec, test]);
  const { fitted, result, trouble } = await train(opened.data, {
    ...options,
    cell,
    command: typedCommand(),
    onProgress: run.observe,
    signal: run.signal,
  });
  const bytes = await modelBytes(fitted);
  try {
    await writeDurably(out, bytes);
  } catch (error) {
    throw new SaveFailed(error instanceof Error ? error.message : String(error), { cause: error });
  }
  run.clear();
  await print(
    json ? `${JSON.stringify({ ...result, model: out, bytes: bytes.length })}\n` : trainedText(result, out, bytes),
  );
  if (trouble) throw new GruvyError(trouble.code, trouble.message, `${out} holds the weights of its best epoch.`);
  run.stopIfInterrupted(`${out} holds the best weights so far.`);
}

function trainedText(result: ComparisonResult, out: string, bytes: Uint8Array): string {
  const next =
    result.data.kind === "series"
      ? `Go on past the end: gruvy forecast ${out} --horizon 12`
      : `Answers for new rows: gruvy predict ${out} <data>`;
  return `${resultText(result)}\nModel: ${out} (${Math.ceil(bytes.length / 1024)} KB)\n${next}\n`;
}

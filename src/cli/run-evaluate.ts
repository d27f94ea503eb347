import { inert, scoreTable } from "../report/index.ts";
import { evaluate } from "../tasks/index.ts";
import type { EvaluateFlags } from "./flags.ts";
import { open } from "./open.ts";
import { openModel } from "./open-model.ts";
import { session } from "./session.ts";
import { print } from "./terminal.ts";
import { findingLines } from "./words.ts";

/** `gruvy evaluate`: the scores of a model on data, beside those of baselines. */
export async function runEvaluate(path: string, spec: string, flags: EvaluateFlags): Promise<void> {
  const run = session(flags);
  const fitted = await openModel(path, run.line);
  const { data } = await open(spec, flags, run, fitted);
  const result = await evaluate(fitted, data);
  run.clear();
  if (flags.json) {
    await print(`${JSON.stringify({ model: path, ...result })}\n`);
    return;
  }
  const about = inert(`${result.data.name}: ${result.which}`);
  const unit =
    data.kind === "series"
      ? (data.unit ?? (fitted.pipeline.kind === "series" ? fitted.pipeline.unit : undefined))
      : undefined;
  const without = result.without === undefined ? "" : `${result.without}\n`;
  await print(`${about}\n${findingLines(result.findings)}\n${scoreTable(result.models, unit)}${without}`);
}

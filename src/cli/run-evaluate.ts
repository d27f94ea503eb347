import { inert } from "../report/index.ts";
import { evaluate } from "../tasks/index.ts";
import type { EvaluateFlags } from "./flags.ts";
import { open } from "./open.ts";
import { openModel } from "./open-model.ts";
import { session } from "./session.ts";
import { print } from "./terminal.ts";
import { findingLines } from "./words.ts";

/** `gruvy evaluate`: the scores of a model on data, beside what needs no training. */
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
  const lines = result.models.map(({ name, scores }) => {
    const parts = Object.entries(scores).map(([metric, value]) => `${metric} ${Number(Number(value).toPrecision(4))}`);
    return `${name.padEnd(16)}${parts.join("   ")}`;
  });
  const about = inert(`${result.data.name}: ${result.which}`);
  await print(`${about}\n${findingLines(result.findings)}\n${lines.join("\n")}\n`);
}

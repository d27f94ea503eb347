import { GruvyError } from "../base/index.ts";
import { inert } from "../report/index.ts";
import { type FittedModel, forecast } from "../tasks/index.ts";
import { UsageError } from "./exit.ts";
import type { ForecastFlags } from "./flags.ts";
import { open, warn, warnOfStep } from "./open.ts";
import { openModel } from "./open-model.ts";
import { session } from "./session.ts";
import { print } from "./terminal.ts";

/** `gruvy forecast`: a line a step, or one object. */
export async function runForecast(path: string, spec: string | undefined, flags: ForecastFlags): Promise<void> {
  const run = session(flags);
  if (spec === undefined && flags.missing !== undefined) {
    throw new UsageError(
      "--missing is for data, and none are given: the forecast goes on from the series of the training",
    );
  }
  const fitted = await openModel(path, run.line);
  let series: { values?: Float64Array; dates?: readonly string[] } = {};
  if (spec !== undefined) {
    const { data } = await open(spec, flags.missing === undefined ? {} : { missing: flags.missing }, run, fitted);
    if (data.kind !== "series") {
      throw new GruvyError(
        "data/kind",
        `Expected a series to go on from, found ${data.kind}`,
        "Give a table with one.",
      );
    }
    warnOfStep(fitted, data, run.line, Math.max(0, data.values.length - seenBy(fitted)));
    series = data;
  }
  const { target, unit, values, dates, findings } = await forecast(fitted, { horizon: flags.horizon, ...series });
  warn(findings, run.line);
  run.clear();
  if (flags.json) {
    await print(`${JSON.stringify({ target, unit, dates, forecast: values, findings })}\n`);
    return;
  }
  const steps = dates ?? values.map((_, i) => `+${i + 1}`);
  const width = steps.reduce((most, step) => Math.max(most, step.length), 0);
  const write = writing(values);
  const lines = values.map((value, i) => `${steps[i].padEnd(width)}  ${write(value).padStart(12)}`);
  await print(`${inert(`${target}${unit === undefined ? "" : ` (${unit})`}`)}\n${lines.join("\n")}\n`);
}

/** How many values at the end of a series its forecast is made from, or a few more. */
function seenBy({ pipeline }: FittedModel): number {
  return pipeline.kind === "series" ? pipeline.window + pipeline.horizon + 2 * (pipeline.season ?? 0) : 0;
}

/** About four figures of the largest value; with powers of ten where it is very large or very small. */
function writing(values: readonly number[]): (value: number) => string {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest >= 1e15 || (largest < 1e-9 && largest > 0)) return (value) => value.toExponential(4);
  const digits = largest === 0 ? 0 : Math.max(0, Math.min(12, 3 - Math.floor(Math.log10(largest))));
  return (value) => value.toFixed(digits);
}

import { counted, GruvyError, shown } from "../base/index.ts";
import type { LoadedData } from "../data/index.ts";
import { checkGiven } from "./check-given.ts";
import { gradient, occlusion, probabilitiesOf, questionOf } from "./explain/contributions.ts";
import { coursesOf, GateStatistics } from "./explain/gates.ts";
import { type Material, materialOf } from "./explain/material.ts";
import { memoryCurve } from "./explain/memory.ts";
import { Probe } from "./explain/probe.ts";
import type { ExplainedRow, Explanation } from "./explanation.ts";
import type { FittedModel } from "./fitted.ts";
import type { RowNumber } from "./row-numbers.ts";
import { gruvyVersion } from "./versions.ts";

export interface ExplainOptions {
  /**
   * Rows by their numbers: those in the file, as a spreadsheet counts, or from 1. Of a series the values to be forecast,
   * `"+1"` the first past the end. Default: a few telling ones.
   */
  readonly rows?: readonly RowNumber[];
  /** The name of the model, for the report. */
  readonly name?: string;
  readonly command?: string;
  /** Told what is being done, in a few words. */
  readonly say?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Rows among which telling ones are looked for, and over which memory and gates are measured. */
const SEARCHED = 400;
const REMEMBERED = 200;
const TRACED = 40;

/**
 * How a model comes to its answers: for some rows what each step contributes (left out, and by the gradient) and what
 * the gates do; over many rows how far back the model's memory reaches, measured by showing it less and less, and what
 * its gates hold on to.
 *
 * Contributions are in log-odds of the second of two labels, the logarithm of the answer's probability among more, or the
 * units of the data. Where the data are those of the training, only rows of its test part are looked at.
 *
 * Errors: `model/kind` for data of another kind, `usage/rows` for rows that there are not, `data/...` for data that do
 * not fit.
 *
 * Sources: leaving steps out as Li, Monroe and Jurafsky 2016; gradient times input as Shrikumar and others 2016.
 *
 * @example
 * const { fitted } = await train(airlinePassengers(), { epochs: 2 });
 * const { rows, memory } = await explain(fitted, airlinePassengers(), { rows: [144] });
 * [rows[0].steps.length, memory.lengths[0]]; // [12, 1]
 */
export async function explain(
  fitted: FittedModel,
  data: LoadedData,
  options: ExplainOptions = {},
): Promise<Explanation> {
  const { say = () => {}, signal } = options;
  checkGiven(data);
  const material = materialOf(fitted, data);
  const probe = await Probe.of(fitted.model);
  try {
    const chosen = options.rows
      ? named(material, options.rows)
      : await telling(probe, material, evenly(material.fresh, SEARCHED));
    const rows: ExplainedRow[] = [];
    for (const [i, choice] of chosen.entries()) {
      signal?.throwIfAborted();
      say(`explaining ${i + 1} of ${counted(chosen.length, "row")}`);
      rows.push(await explained(probe, material, choice));
    }
    signal?.throwIfAborted();
    say("memory");
    const memory = await memoryCurve(probe, material, evenly(material.fresh, REMEMBERED));
    say("gates");
    const gates = new GateStatistics();
    for (const row of evenly(material.fresh, TRACED)) {
      signal?.throwIfAborted();
      const steps = material.steps(row);
      gates.add(await probe.trace(material.sequence(row)), (step) => steps[step].text === "");
    }
    return {
      model: {
        name: options.name ?? "model",
        cell: fitted.training.cell ?? "model",
        parameters: fitted.model.countParams(),
      },
      data: {
        name: data.name,
        source: data.source,
        kind: data.kind,
        rows: material.fresh.length,
        ...(data.kind === "series" ? { target: data.target } : {}),
        ...(fitted.pipeline.kind === "series" ? { transform: fitted.pipeline.transform } : {}),
      },
      measure: material.measure,
      rows,
      memory,
      gates: gates.summaries(),
      command: options.command,
      versions: { gruvy: gruvyVersion },
      date: new Date().toISOString(),
    };
  } finally {
    probe.dispose();
  }
}

/** At most so many, spread over all. */
function evenly(rows: readonly number[], most: number): readonly number[] {
  if (rows.length <= most) return rows;
  return Array.from({ length: most }, (_, i) => rows[Math.floor((i * rows.length) / most)]);
}

interface Choice {
  readonly row: number;
  readonly why?: ExplainedRow["why"];
}

function named({ rows, number }: Material, asked: readonly RowNumber[]): Choice[] {
  const places = new Map(rows.map((row) => [number(row), row]));
  return [...new Set(asked)].map((one) => {
    const row = places.get(one);
    if (row !== undefined) return { row };
    const numbers = [...places.keys()].filter((key) => typeof key === "number");
    const most = places.size - numbers.length;
    const past = places.has("+1") ? `, or ${most === 1 ? "+1, the first" : `from +1 to +${most}`} past the end` : "";
    throw new GruvyError(
      "usage/rows",
      `Expected rows from ${Math.min(...numbers)} to ${Math.max(...numbers)}${past}, found ${shown(one)}`,
      "Rows have the numbers that a spreadsheet shows, where the names of the columns are row 1; without a file they begin at 1.",
    );
  });
}

/** The surest right answer, the surest wrong one, the most doubtful; or a typical error, the worst, and the closest or last. */
async function telling(probe: Probe, material: Material, rows: readonly number[]): Promise<Choice[]> {
  const { labels } = material;
  const outputs = await probe.predict(rows.map((row) => material.sequence(row)));
  if (labels.length === 0) {
    const errors = rows.map((row, i) => Math.abs(material.value(row, outputs[i][0]) - material.truth(row)!));
    const falling = [...rows.keys()].sort((a, b) => errors[b] - errors[a]);
    const typical = falling[Math.floor(falling.length / 2)];
    return distinct([
      { row: rows[typical], why: "typical" },
      { row: rows[falling[0]], why: "worst" },
      // Of a series the latest tells most; rows in no order have none.
      material.series
        ? { row: rows[rows.length - 1], why: "last" }
        : { row: rows[falling[falling.length - 1]], why: "closest" },
    ]);
  }
  const judged = rows.map((row, i) => {
    const shares = probabilitiesOf(outputs[i], labels.length);
    const sure = Math.max(...shares);
    return { row, sure, right: shares.indexOf(sure) === material.truth(row) };
  });
  const falling = judged.sort((a, b) => b.sure - a.sure);
  const right = falling.find((one) => one.right);
  const wrong = falling.find((one) => !one.right);
  return distinct([
    ...(right ? [{ row: right.row, why: "surest" as const }] : []),
    ...(wrong ? [{ row: wrong.row, why: "surestWrong" as const }] : []),
    { row: falling[falling.length - 1].row, why: "mostDoubtful" },
  ]);
}

function distinct(choices: readonly Choice[]): Choice[] {
  return choices.filter(({ row }, i) => choices.findIndex((other) => other.row === row) === i);
}

async function explained(probe: Probe, material: Material, { row, why }: Choice): Promise<ExplainedRow> {
  const sequence = material.sequence(row);
  const [outputs] = await probe.predict([sequence]);
  const asked = { question: questionOf(material, row, outputs), outputs };
  const [left, slope] = [await occlusion(probe, material, sequence, asked), await gradient(probe, sequence, asked)];
  const steps = material.steps(row).map((step, i) => ({ ...step, occlusion: left[i], gradient: slope[i] }));
  const layers = coursesOf(await probe.trace(sequence));
  return {
    row: material.number(row),
    why,
    name: material.name(row),
    ...answerOf(material, row, outputs),
    steps,
    layers,
  };
}

function answerOf(
  { labels, truth, value }: Material,
  row: number,
  outputs: Float32Array,
): Pick<ExplainedRow, "truth" | "answer" | "confidence" | "values"> {
  const known = truth(row);
  if (labels.length === 0) {
    const answer = value(row, outputs[0]);
    return {
      ...(known === undefined ? {} : { truth: String(known) }),
      answer: String(answer),
      values: { ...(known === undefined ? {} : { truth: known }), answer },
    };
  }
  const shares = probabilitiesOf(outputs, labels.length);
  const confidence = Math.max(...shares);
  return { truth: labels[known!], answer: labels[shares.indexOf(confidence)], confidence };
}

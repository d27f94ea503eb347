import { GruvyError, shown, Tensor } from "../base/index.ts";
import { type Rows, rowCount } from "./labels/baseline.ts";
import { fewTargets } from "./verdict.ts";

/** Something about a split that a reader of its numbers should know. */
export interface SplitFinding {
  readonly severity: "error" | "warning" | "note";
  readonly what: string;
  readonly where?: string;
  readonly advice: string;
}

/** Parts of a series by the rows of their targets. */
export interface TargetParts {
  readonly train: { readonly rows: ArrayLike<number> };
  readonly validation: { readonly rows: ArrayLike<number> };
  readonly test: { readonly rows: ArrayLike<number> };
}

/**
 * What a split of a series leaks: windows of the training or validation part that hold a test target, and, with the
 * values given, test windows that stand in the training part value by value. Also says when the test targets are few.
 * Where models see levels, says when many targets lie outside the range of the training part. `seriesSplit` itself leaks
 * nothing; a split made elsewhere may. A test window may reach back into the training part.
 *
 * @example
 * seriesSplitFindings(seriesSplit(400, { window: 12 }), { window: 12 }); // []
 */
export function seriesSplitFindings(
  split: TargetParts,
  options: {
    readonly window: number;
    readonly horizon?: number;
    readonly values?: Float64Array;
    /** Whether models see the values themselves, or their logarithms, rather than changes. Default false. */
    readonly levels?: boolean;
    /** How a value is called where it comes from: `Row 7 of sales.csv`. Default: `Value 6`, counted from 1. */
    readonly where?: (row: number) => string;
  },
): SplitFinding[] {
  const { window, horizon = 1, values, levels = false, where = (row) => `Value ${row + 1}` } = options;
  const findings: SplitFinding[] = [];
  const tested = new Set(Array.from(split.test.rows));
  const reach = window + horizon - 1;
  for (const [name, part] of [
    ["training", split.train],
    ["validation", split.validation],
  ] as const) {
    let holding = 0;
    let example = -1;
    for (let i = 0; i < part.rows.length; i++) {
      const row = part.rows[i];
      let holds = tested.has(row);
      for (let k = horizon; !holds && k <= reach; k++) holds = tested.has(row - k);
      if (!holds) continue;
      if (holding++ === 0) example = row;
    }
    if (holding === 0) continue;
    findings.push({
      severity: "error",
      what: `${holding} of ${part.rows.length} windows of the ${name} part ${holding === 1 ? "holds" : "hold"} a test target, so the test score is not one of unseen values`,
      where: `the first is that of ${inSentence(where(example))}`,
      advice: "Split in time: every test target after every training target.",
    });
  }
  if (values) findings.push(...repeatedWindows(split, values, reach, where));
  if (values && levels) findings.push(...beyondTraining(split, values, where));
  return [...findings, ...fewFinding(split.test.rows.length, "targets")];
}

/** From this share of targets on a network that sees levels is asked about values that it has never met. */
const BEYOND = 0.2;

function beyondTraining(split: TargetParts, values: Float64Array, where: (row: number) => string): SplitFinding[] {
  const trained = values.subarray(0, split.train.rows[split.train.rows.length - 1] + 1);
  const [low, high] = [trained.reduce((a, b) => Math.min(a, b)), trained.reduce((a, b) => Math.max(a, b))];
  const rows = [...Array.from(split.validation.rows), ...Array.from(split.test.rows)];
  const beyond = rows.filter((row) => values[row] < low || values[row] > high);
  if (beyond.length < BEYOND * rows.length) return [];
  const figure = (value: number) => String(Number(value.toPrecision(4)));
  return [
    {
      severity: "warning",
      what:
        `${beyond.length} of ${rows.length} targets of the validation and test parts lie outside the range of the training part, ` +
        `${figure(low)} to ${figure(high)}, and a network that sees levels cannot follow them there`,
      where: `${where(beyond[0])}, ${figure(values[beyond[0]])}, is the first`,
      advice: "Forecast the changes: --transform difference.",
    },
  ];
}

const inSentence = (place: string): string => place[0].toLowerCase() + place.slice(1);

function repeatedWindows(
  split: TargetParts,
  values: Float64Array,
  reach: number,
  place: (row: number) => string,
): SplitFinding[] {
  const keyOf = (row: number): string | undefined => {
    if (row < reach || row >= values.length) return undefined;
    const seen = values.subarray(row - reach, row + 1);
    return seen.every((value) => value === seen[0]) ? undefined : seen.join();
  };
  const known = new Map<string, number>();
  for (let i = 0; i < split.train.rows.length; i++) {
    const key = keyOf(split.train.rows[i]);
    if (key !== undefined) known.set(key, split.train.rows[i]);
  }
  let repeated = 0;
  let where = "";
  for (let i = 0; i < split.test.rows.length; i++) {
    const row = split.test.rows[i];
    const key = keyOf(row);
    const twin = key === undefined ? undefined : known.get(key);
    if (twin === undefined) continue;
    if (repeated++ === 0)
      where = `the ${reach + 1} values from ${inSentence(place(row - reach))} on equal those from ${inSentence(place(twin - reach))} on`;
  }
  if (repeated === 0) return [];
  return [
    {
      severity: "warning",
      what: `${repeated} of ${split.test.rows.length} test windows with their targets ${repeated === 1 ? "stands" : "stand"} in the training part, value by value`,
      where,
      advice: "Look for rows that were copied; a series that repeats itself exactly needs no forecasting model.",
    },
  ];
}

/** One part of independent rows, with its class indices if it has any. */
export interface RowPart<X extends Rows> {
  readonly x: X;
  readonly labels?: ArrayLike<number>;
  /** How a row is called where it comes from: `Row 7 of sales.csv`. */
  readonly where?: (row: number) => string;
}

/**
 * What a split of texts or sequences leaks or lacks: test rows that stand in the training part (texts compared without
 * regard to case and white space), equal rows whose labels contradict, classes that one part never shows, few test rows.
 *
 * @example
 * rowSplitFindings({ x: ["a", "b"] }, { x: ["B "] })[0].what; // "1 of 1 test rows stands in the training part"
 */
export function rowSplitFindings<X extends Rows>(
  train: RowPart<X>,
  test: RowPart<X>,
  options: { readonly classes?: readonly string[] } = {},
): SplitFinding[] {
  const findings: SplitFinding[] = [];
  const known = new Map<string, number>();
  const trained = rowCount(train.x);
  const tested = rowCount(test.x);
  for (let row = trained - 1; row >= 0; row--) known.set(rowKey(train.x, row), row);
  let repeated = 0;
  let contradicting = 0;
  let where = "";
  for (let row = 0; row < tested; row++) {
    const twin = known.get(rowKey(test.x, row));
    if (twin === undefined) continue;
    if (repeated++ === 0) where = `${place(test, row, "test")} equals ${place(train, twin, "training")}`;
    if (train.labels && test.labels && train.labels[twin] !== test.labels[row]) contradicting++;
  }
  if (repeated > 0) {
    const labels = contradicting > 0 ? `, ${contradicting} of them with another label` : "";
    findings.push({
      severity: "warning",
      what: `${repeated} of ${tested} test rows ${repeated === 1 ? "stands" : "stand"} in the training part${labels}`,
      where,
      advice: "Remove them from one part: what was learnt by heart flatters the test score.",
    });
  }
  if (train.labels && test.labels) findings.push(...missingClasses(train.labels, test.labels, options.classes));
  return [...findings, ...fewFinding(tested, "rows")];
}

function place<X extends Rows>({ where }: RowPart<X>, row: number, part: string): string {
  return where === undefined ? `row ${row + 1} of the ${part} part` : `${where(row)} (${part})`;
}

function rowKey(x: Rows, row: number): string {
  if (!(x instanceof Tensor)) return x[row].toLowerCase().replace(/\s+/g, " ").trim();
  const width = x.data.length / x.shape[0];
  return x.data.subarray(row * width, (row + 1) * width).join();
}

function missingClasses(
  train: ArrayLike<number>,
  test: ArrayLike<number>,
  classes: readonly string[] | undefined,
): SplitFinding[] {
  const inTrain = new Set(Array.from(train));
  const inTest = new Set(Array.from(test));
  const name = (label: number) => (classes ? shown(classes[label] ?? label) : String(label));
  const listed = (labels: readonly number[]) =>
    labels.slice(0, 5).map(name).join(", ") + (labels.length > 5 ? ` and ${labels.length - 5} more` : "");
  const unseen = [...inTest].filter((label) => !inTrain.has(label));
  const untested = [...inTrain].filter((label) => !inTest.has(label));
  const findings: SplitFinding[] = [];
  if (unseen.length > 0) {
    findings.push({
      severity: "error",
      what: `The test part has classes that the training part never shows: ${listed(unseen)}`,
      advice: "Add training rows of these classes, or leave them out of the test part.",
    });
  }
  if (untested.length > 0) {
    findings.push({
      severity: "warning",
      what: `The test part has no row of the classes ${listed(untested)}, so nothing is known about them`,
      advice: "Use a larger test part, or more rows of these classes.",
    });
  }
  return findings;
}

function fewFinding(count: number, what: "targets" | "rows"): SplitFinding[] {
  if (count === 0) throw new GruvyError("usage/split", `Expected test ${what}, found none`);
  if (count >= fewTargets) return [];
  return [
    {
      severity: "note",
      what: `The test part has only ${count} ${count === 1 ? what.slice(0, -1) : what}; small differences between models cannot be told from chance`,
      advice: "Use more data or a larger --test-size; read the interval, not the score.",
    },
  ];
}

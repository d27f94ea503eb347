import { counted, finiteNumber, GruvyError, permutation, random, stream, wholeNumber } from "../base/index.ts";
import { firstTarget } from "./transform.ts";

/** Consecutive targets of a series. */
export interface SeriesPart {
  /** The row of the first target. */
  readonly first: number;
  readonly count: number;
  /** All rows of the targets: `first`, `first + 1`, ... */
  readonly rows: Uint32Array;
}

export interface SeriesSplit {
  readonly train: SeriesPart;
  readonly validation: SeriesPart;
  readonly test: SeriesPart;
  /** One sentence: how the parts were chosen. */
  readonly how: string;
}

export interface SeriesSplitOptions {
  readonly window: number;
  /** Default 1. */
  readonly horizon?: number;
  /** The values a transform needs before a window; default 0. */
  readonly lead?: number;
  /** Default 0.2. */
  readonly testSize?: number;
  /** Of the training part; default 0.15. */
  readonly validationShare?: number;
}

/**
 * Splits the targets of a series in time. The test part is what follows the first floor((1 - testSize) * (rows - window))
 * rows after the first window; neither horizon nor transform moves it, so that models with different ones meet the same
 * targets. The validation part is the last 15 % of the training targets, of which floor(0.85 * targets) stay for
 * training. A window may reach back into an earlier part, as it would when the model is used; a target never does.
 *
 * Throws `data/too-short` when a part would be empty, `usage/option` for a share outside 0 to 1.
 *
 * @example
 * const split = seriesSplit(144, { window: 12 });
 * [split.train.count, split.validation.count, split.test.count]; // [89, 16, 27]
 * split.test.first; // 117
 */
export function seriesSplit(rows: number, options: SeriesSplitOptions): SeriesSplit {
  const { horizon = 1, lead = 0, testSize = 0.2, validationShare = 0.15 } = options;
  wholeNumber(rows, "rows", { min: 0 });
  const window = wholeNumber(options.window, "window");
  wholeNumber(horizon, "horizon");
  wholeNumber(lead, "lead", { min: 0 });
  checkedShare(testSize, "testSize");
  checkedShare(validationShare, "validationShare");
  const first = firstTarget(lead, window, horizon);
  const firstTest = window + share(1 - testSize, rows - window);
  const training = firstTest - first;
  const kept = share(1 - validationShare, training);
  if (rows - firstTest < 1 || kept < 1 || training - kept < 1) {
    throw new GruvyError(
      "data/too-short",
      `A series of ${counted(rows, "row")} is too short for windows of ${window} at horizon ${horizon}: ` +
        `${counted(Math.max(0, kept), "target")} to train, ${Math.max(0, training - kept)} to validate, ${Math.max(0, rows - firstTest)} to test`,
      horizon > window ? "Use a smaller horizon or more rows." : "Use a smaller window or more rows.",
    );
  }
  const test = part(firstTest, rows - firstTest);
  const validation = part(first + kept, training - kept);
  const how =
    `Split in time: the last ${test.count === 1 ? "row is" : `${test.count} rows are`} the test part, ` +
    `the ${validation.count} before ${test.count === 1 ? "it" : "them"} ${validation.count === 1 ? "validates" : "validate"}, ` +
    `and the ${kept === 1 ? "target before that trains" : `${kept} targets before those train`}; ` +
    `the ${first === 1 ? "first row has" : `first ${first} rows have`} too few before ${first === 1 ? "it" : "them"} to be targets`;
  return { train: part(first, kept), validation, test, how: `${how}.` };
}

export interface RowSplit {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  readonly test: Uint32Array;
  /** One sentence: how the parts were chosen. */
  readonly how: string;
}

export interface RowSplitOptions {
  /** Class indices; the parts then hold each class in proportion. */
  readonly labels?: ArrayLike<number>;
  /** Default 0.2; 0 when the test part comes from elsewhere. */
  readonly testSize?: number;
  /** Of the rows that are not tested; default 0.2. */
  readonly validationShare?: number;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * Splits independent rows (texts, sequences) at random, from a seed. Within each part the rows stand in their order in
 * the data. The shares are those of floor(rows * share), for each class where labels are given.
 *
 * Throws `data/too-short` when a part that was asked for would be empty.
 *
 * @example
 * const { train, validation, test } = rowSplit(100);
 * [train.length, validation.length, test.length]; // [64, 16, 20]
 */
export function rowSplit(rows: number, options: RowSplitOptions = {}): RowSplit {
  const { labels, testSize = 0.2, validationShare = 0.2, seed = 0 } = options;
  wholeNumber(rows, "rows", { min: 0 });
  if (testSize !== 0) checkedShare(testSize, "testSize");
  checkedShare(validationShare, "validationShare");
  if (labels && labels.length !== rows) {
    throw new GruvyError("usage/split", `Expected ${rows} labels, found ${labels.length}`);
  }
  const classes = new Map<number, number[]>();
  for (const row of permutation(rows, random(seed, stream.split))) {
    const label = labels ? labels[row] : 0;
    const members = classes.get(label);
    if (members) members.push(row);
    else classes.set(label, [row]);
  }
  const parts: { train: number[]; validation: number[]; test: number[] } = { train: [], validation: [], test: [] };
  for (const members of classes.values()) {
    const tested = share(testSize, members.length);
    const validated = share(validationShare, members.length - tested);
    parts.test.push(...members.slice(0, tested));
    parts.validation.push(...members.slice(tested, tested + validated));
    parts.train.push(...members.slice(tested + validated));
  }
  if (parts.train.length === 0 || parts.validation.length === 0 || (testSize > 0 && parts.test.length === 0)) {
    throw new GruvyError(
      "data/too-short",
      `${counted(rows, "row is", "rows are")} too few to split: ${parts.train.length} to train, ${parts.validation.length} to validate, ${parts.test.length} to test`,
      "Use more rows.",
    );
  }
  const [train, validation, test] = [parts.train, parts.validation, parts.test].map((part) =>
    Uint32Array.from(part).sort(),
  );
  const drawn = `drawn at random (seed ${seed}${labels ? ", each class in proportion" : ""})`;
  const how =
    testSize === 0
      ? `${counted(validation.length, "row validates", "rows validate")}, ${drawn}, and the other ${verb(train.length, "train")}; the test part was given apart`
      : `${counted(test.length, "row is", "rows are")} the test part and ${verb(validation.length, "validate")}, ${drawn}; the other ${verb(train.length, "train")}`;
  return { train, validation, test, how: `${how}.` };
}

/** `1 trains`, `2 train`. */
const verb = (count: number, many: string): string => `${count} ${count === 1 ? `${many}s` : many}`;

function part(first: number, count: number): SeriesPart {
  return { first, count, rows: Uint32Array.from({ length: count }, (_, i) => first + i) };
}

/** floor(fraction * count), where 0.8 * 10 must not become 7.999... */
function share(fraction: number, count: number): number {
  return Math.floor(fraction * count + 1e-9);
}

function checkedShare(value: number, name: string): void {
  finiteNumber(value, name, { min: 0, max: 1 });
  if (value === 0 || value === 1)
    throw new GruvyError("usage/option", `Expected ${name} to lie between 0 and 1, found ${value}`);
}

import { finiteNumber, GruvyError, refuseUnknown, shown, wholeNumber } from "../base/index.ts";

/** What `chrf` can be told. */
export interface ChrfOptions {
  /** The longest runs of characters that are compared. Default 6. */
  readonly order?: number;
  /** How many times as much recall counts as precision. Default 2. */
  readonly beta?: number;
}

/** Of the runs of one length: how many the text has, how many the reference has, how many they have in common. */
type Counts = readonly { ours: number; theirs: number; common: number }[];

/** How often each run of characters occurs, length by length. */
type Runs = readonly ReadonlyMap<string, number>[];

/**
 * How close translations come to what people wrote: chrF (Popović 2015), from 0 to 100. Runs of 1 to `order` characters,
 * white space left out, are compared; of precision and recall, each the mean over the lengths, the F-score counts recall
 * `beta` times as much. Counts are added up over all texts.
 *
 * A reference is one text or a list of such, of which the closest counts. Upper and lower case differ. The numbers are
 * those of sacrebleu (its chrF2, with the defaults here).
 *
 * @throws {GruvyError} `usage/score` when there are no texts, or not as many references, or a text has none;
 *   `usage/option` for options that make no sense.
 * @example
 * chrf(["le chat dort"], ["le chat dort"]); // 100
 * chrf(["the cat is here"], [["the cat sat here", "a cat is here"]]); // 81.41650582100127
 */
export function chrf(
  texts: readonly string[],
  references: readonly (string | readonly string[])[],
  options: ChrfOptions = {},
): number {
  refuseUnknown(options, ["order", "beta"], "chrf", "usage/option");
  const order = wholeNumber(options.order ?? 6, "order of chrf", { max: 100 });
  const beta = finiteNumber(options.beta ?? 2, "beta of chrf", { min: 0, max: 1e6 });
  if (!Array.isArray(texts) || !Array.isArray(references)) {
    throw new GruvyError("usage/score", `Expected lists of texts, found ${shown(texts)} and ${shown(references)}`);
  }
  if (texts.length === 0 || texts.length !== references.length) {
    throw new GruvyError(
      "usage/score",
      `Expected as many references as texts and at least one, found ${texts.length} texts and ${references.length}`,
      "Several references of one text are a list in its place.",
    );
  }
  const sums = Array.from({ length: order }, () => ({ ours: 0, theirs: 0, common: 0 }));
  texts.forEach((text, place) => {
    const ours = runsOf(textAt(text, place), order);
    closest(ours, listOf(references[place], place), order, beta).forEach((counts, n) => {
      sums[n].ours += counts.ours;
      sums[n].theirs += counts.theirs;
      sums[n].common += counts.common;
    });
  });
  return score(sums, beta);
}

function listOf(reference: string | readonly string[], place: number): readonly string[] {
  const list = Array.isArray(reference) ? reference : [reference];
  if (list.length > 0) return list.map((text) => textAt(text, place));
  throw new GruvyError("usage/score", `Expected a reference for the text at place ${place}, found an empty list`);
}

function textAt(text: unknown, place: number): string {
  if (typeof text === "string") return text;
  throw new GruvyError("usage/score", `Expected texts to compare at place ${place}, found ${shown(text)}`);
}

/** The counts beside the reference with the best score; the first of equals. */
function closest(ours: Runs, references: readonly string[], order: number, beta: number): Counts {
  const all = references.map((reference) => compared(ours, runsOf(reference, order)));
  const scores = all.map((counts) => score(counts, beta));
  return all[scores.indexOf(Math.max(...scores))];
}

function runsOf(text: string, order: number): Runs {
  const characters = [...text.replace(/\s+/gu, "")];
  return Array.from({ length: order }, (_, n) => {
    const counts = new Map<string, number>();
    for (let from = 0; from + n < characters.length; from++) {
      const run = characters.slice(from, from + n + 1).join("");
      counts.set(run, (counts.get(run) ?? 0) + 1);
    }
    return counts;
  });
}

function compared(ours: Runs, theirs: Runs): Counts {
  return ours.map((own, n) => {
    const other = theirs[n];
    let common = 0;
    for (const [run, count] of own) common += Math.min(count, other.get(run) ?? 0);
    // A reference that is too short for such runs cannot be held against the text.
    return { ours: other.size > 0 ? sum(own) : 0, theirs: sum(other), common };
  });
}

const sum = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((a, b) => a + b, 0);

function score(counts: Counts, beta: number): number {
  // Lengths that one of the two is too short for do not count.
  const used = counts.filter(({ ours, theirs }) => ours > 0 && theirs > 0);
  const mean = (share: (one: Counts[number]) => number) =>
    used.reduce((total, one) => total + share(one), 0) / Math.max(1, used.length);
  const precision = mean(({ common, ours }) => common / ours);
  const recall = mean(({ common, theirs }) => common / theirs);
  if (precision + recall === 0) return 0;
  return (100 * (1 + beta * beta) * precision * recall) / (beta * beta * precision + recall);
}

// What can be said of the finals, in sentences.

import { capital, counted, measureWords } from "../base/index.ts";
import { isNearEnd, meanInterval } from "../tasks/index.ts";
import { areShares, type FailedFinal, type FinalResult, type FinalScore, failuresOf } from "./finals.ts";
import type { Objective } from "./study/index.ts";

/**
 * What can be said of the best against the default: over the same seeds, whether the difference is more than noise; and
 * which of the two had not learned all when its epochs were over.
 */
export function finalVerdict(
  results: readonly FinalResult[],
  objective: Objective,
  failed: readonly FailedFinal[] = [],
): string {
  const [best] = results;
  const difference = [
    differenceText(results, objective, failed),
    tiesText(results),
    unitsText(results),
    failedText(results, failed),
  ]
    .filter((text) => text !== "")
    .join(" ");
  const start = results.find((one) => one !== best && one.name === "default");
  const both = [best, start].filter((one) => one !== undefined);
  const cut = both.filter((one) => wasCutOff(one, objective, ({ bestEpoch }) => bestEpoch));
  // A score such as an accuracy may stand still for a while where the loss does not.
  const falling = both.filter((one) => !cut.includes(one) && wasCutOff(one, objective, ({ lossEpoch }) => lossEpoch));
  if (difference === "") return difference;
  const over = (some: readonly FinalResult[]) =>
    `when ${some.length > 1 ? "their" : "its"} ${counted(some[0].scores[0].epochs ?? 1, "epoch was", "epochs were")} over: more --max-epochs may bring more.`;
  const named = (some: readonly FinalResult[]) => some.map(nameOf).join(" and ");
  const were = cut.length > 1 ? "were" : "was";
  return [
    difference,
    ...(cut.length > 0 ? [capital(`${named(cut)} ${were} still getting better ${over(cut)}`)] : []),
    ...(falling.length > 0 ? [`The validation loss of ${named(falling)} was still falling ${over(falling)}`] : []),
  ].join(" ");
}

const nameOf = ({ name }: { readonly name: string }): string => (name === "default" ? "the default" : name);

/** Whether from half of the seeds or more an epoch was (nearly) the last, and something is left to gain. */
function wasCutOff(
  { scores, mean }: FinalResult,
  { name }: Objective,
  epochOf: (score: FinalScore) => number | undefined,
): boolean {
  if (areShares(name, scores) && mean > 0.995) return false;
  const last = (score: FinalScore): boolean => isNearEnd(epochOf(score) ?? 0, score.epochs ?? 1);
  return 2 * scores.filter(last).length >= scores.length;
}

/** Which finalists scored as the best did from every seed, to the last digit; of these the first is taken. */
function tiesText([best, ...others]: readonly FinalResult[]): string {
  const scoresOf = ({ scores }: FinalResult) => scores.map(({ seed, score }) => `${seed} ${score}`).join();
  const same = others.filter((one) => scoresOf(one) === scoresOf(best));
  if (same.length === 0) return "";
  return `${capital(same.map(nameOf).join(" and "))} scored the same to the last digit.`;
}

/** What the failed trainings mean for the ranking. */
function failedText(results: readonly FinalResult[], failed: readonly FailedFinal[]): string {
  if (failed.length === 0) return "";
  const [first] = results;
  if (first === undefined) {
    return `All ${counted(failed.length, "final training")} failed: ${sentenceOf(failed[0].reason)}`;
  }
  const names = [...new Set(failed.map(({ name }) => name))];
  return names
    .map((name) => {
      const own = failuresOf(name, failed);
      const scores = results.find((one) => one.name === name)?.scores.length ?? 0;
      const who = name === "default" ? "The default" : capital(name);
      const seeds = own.length + scores;
      const where = name === first.name || scores === 0 ? "" : ", and so ranks behind those that did not";
      return `${who} failed from ${own.length} of ${counted(seeds, "seed")}${where}: ${sentenceOf(own[0].reason)}`;
    })
    .join(" ");
}

/** The first sentence: the rest, as what to try, stands with the training that failed. */
const sentenceOf = (reason: string): string => {
  const [line] = reason
    .replace(/\s+/g, " ")
    .trim()
    .split(/(?<=[.!?]) (?=[A-Z])/);
  return /[.!?]$/.test(line) ? line : `${line}.`;
};

const digits = (value: number): string => String(Number(value.toPrecision(3)));

/** The same in the data's units, where a loss has others. */
function unitsText(results: readonly FinalResult[]): string {
  const [best] = results;
  const start = results.find(({ name }) => name === "default");
  const own = best && meanError(best);
  if (own === undefined) return "";
  const unit = best.scores[0].unit === undefined ? "" : ` ${best.scores[0].unit}`;
  const other = start === best || start === undefined ? undefined : meanError(start);
  return `In the data's own units that is an RMSE of ${digits(own)}${other === undefined ? "" : ` against ${digits(other)}`}${unit}.`;
}

function meanError({ scores }: FinalResult): number | undefined {
  const errors = scores.flatMap(({ rmse }) => (rmse === undefined ? [] : [rmse]));
  return errors.length < scores.length ? undefined : meanInterval(errors).mean;
}

function differenceText(
  results: readonly FinalResult[],
  { name, direction }: Objective,
  failed: readonly FailedFinal[],
): string {
  const [best] = results;
  const start = results.find((one) => one.name === "default");
  if (best === undefined) return "";
  const measure = measureWords(name);
  if (start === undefined) {
    const lost = failed.some((one) => one.name === "default");
    return lost ? `${capital(best.name)} has a ${measure} of ${digits(best.mean)}.` : "";
  }
  if (best === start) {
    return `The default configuration did best: ${measure} ${digits(best.mean)}. The search found nothing better.`;
  }
  const differences = best.scores.flatMap(({ seed, score }) => {
    const other = start.scores.find((one) => one.seed === seed);
    return other === undefined ? [] : [score - other.score];
  });
  const { mean, low, high } = meanInterval(differences);
  const said = `${capital(best.name)} has a ${measure} of ${digits(best.mean)}, the default ${digits(start.mean)}`;
  if (differences.length === 0) return `${said}; they have no seed in common, so that nothing can be said.`;
  if (low === undefined || high === undefined) return `${said}; one seed each cannot tell that from noise.`;
  const interval = `difference ${digits(mean)}, 95 % ${digits(low)} to ${digits(high)} over ${differences.length} seeds`;
  const better = direction === "min" ? high < 0 : low > 0;
  return better ? `${said}: ${interval}.` : `${said}: the difference is noise (${interval}, which includes zero).`;
}

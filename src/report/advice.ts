// What the numbers of a comparison mean, said in sentences: each follows from a rule on the result and claims no more
// than its numbers hold.

import { capital } from "../base/index.ts";
import type { ComparisonResult, ModelResult } from "../tasks/results.ts";
import { shorten } from "./inert.ts";
import { modelInSentence, modelLabel } from "./names.ts";
import { count, percent, seconds } from "./numbers.ts";
import { finite, type Summary, scoreText } from "./summary.ts";

export interface Advice {
  /** The point in a few words. */
  readonly lead: string;
  readonly text: string;
}

type Rule = (result: ComparisonResult, summary: Summary) => Advice | undefined;

/** The points worth making about a result, the most important first. */
export function advise(result: ComparisonResult, summary: Summary): Advice[] {
  return RULES.map((rule) => rule(result, summary)).filter((point) => point !== undefined);
}

const interval: Rule = ({ comparison, split, data }, summary) => {
  const { model, baseline, standing, formatDifference, metric } = summary;
  if (!model || !baseline) return undefined;
  const points = metric === "accuracy" ? " points" : "";
  const range = `from ${formatDifference(comparison.low)} to ${formatDifference(comparison.high)}${points}`;
  const cell = modelInSentence(model.name);
  const plain = modelInSentence(baseline.name);
  const cost = (m: ModelResult) =>
    `${count(m.parameters)} ${m.parameters === 1 ? "parameter" : "parameters"} fitted in ${seconds(m.seconds).replace("<", "under ")} seconds`;
  if (standing === "better") {
    return {
      lead: `Take ${cell}.`,
      text: `The whole interval of the difference, ${range}, is on its side. What it costs: ${cost(model)}, against ${cost(baseline)} for ${plain}.`,
    };
  }
  const simpler = baseline.parameters < model.parameters && baseline.seconds <= model.seconds;
  if (standing === "worse") {
    return {
      lead: `Take ${plain}.`,
      text: `The whole interval of the difference, ${range}, is on its side${simpler ? ", and it is the simpler" : ""}: ${cost(baseline)}, against ${cost(model)} for ${cell}.`,
    };
  }
  const rows = `${count(split.scored ?? split.test)} test ${data.kind === "series" ? "targets" : "rows"}`;
  return {
    lead: "Nobody wins.",
    text: `The interval of the difference, ${range}, holds zero: ${rows} cannot tell ${cell} from ${plain}.${simpler ? ` The simpler is then the better choice: ${plain} has ${cost(baseline)}, ${cell} ${cost(model)}.` : ""}`,
  };
};

const naive: Rule = ({ models }, summary) => {
  const { model, metric } = summary;
  const last = models.find((m) => m.name === "lastValue" || m.name === "majority" || m.name === "mean");
  const own = model && summary.score(model, "test");
  const other = last && summary.score(last, "test");
  if (!model || !last || own === undefined || other === undefined || !(other > 0)) return undefined;
  const cell = modelInSentence(model.name);
  const does =
    last.name === "lastValue"
      ? "Repeating the last value"
      : last.name === "majority"
        ? "Always naming the most frequent class"
        : "Always saying the mean";
  if (metric === "accuracy") {
    return own > other
      ? {
          lead: `${capital(cell)} learned something.`,
          text: `${does} is right in ${percent(other)} of the rows, ${cell} in ${percent(own)}.`,
        }
      : {
          lead: `${capital(cell)} learned nothing that counts.`,
          text: `${does} is right in ${percent(other)} of the rows, ${cell} in ${percent(own)}. Look at the learning curves: too few rows or epochs, or nothing there to learn.`,
        };
  }
  return own < other
    ? {
        lead: `${capital(cell)} learned something.`,
        text: `${does} errs by ${scoreText(metric, other)}, ${cell} by ${scoreText(metric, own)}, ${Math.round(100 * (1 - own / other))}\u00a0% less.`,
      }
    : {
        lead: `${capital(cell)} learned nothing that counts.`,
        text: `${does} errs by ${scoreText(metric, other)}, ${cell} by ${scoreText(metric, own)}. A series may simply hold no more than its last value.`,
      };
};

const luck: Rule = ({ models, comparison }, summary) => {
  const cells = summary.ranked.filter((m) => m.kind === "recurrent" && summary.score(m, "test") !== undefined);
  if (cells.length < 2) return undefined;
  const [first, second] = cells;
  const names = `${modelInSentence(first.name)} and ${modelInSentence(second.name)}`;
  const a = rangeOf(first, summary);
  const b = rangeOf(second, summary);
  if (!a || !b) {
    const gap = Math.abs(summary.score(first, "test")! - summary.score(second, "test")!);
    const shown =
      comparison.metric === "accuracy"
        ? `${summary.formatDifference(gap).replace("+", "")} points`
        : summary.format(gap);
    return gap === 0
      ? undefined
      : {
          lead: "One seed tells little about the order of the cells.",
          text: `Between ${names} lie ${shown}; other initial weights may turn that round. Repeat with \`--seeds 3\` before choosing between them.`,
        };
  }
  const seeds = Math.max(...models.map((m) => m.seeds?.length ?? 0));
  const apart = a.high < b.low || b.high < a.low;
  return apart
    ? {
        lead: `${capital(modelInSentence(first.name))} is the better cell here.`,
        text: `Each of its ${seeds} seeds does better than every one of ${modelInSentence(second.name)}.`,
      }
    : {
        lead: `The seeds do not tell ${names} apart.`,
        text: `Over ${seeds} seeds their scores overlap: ${summary.format(a.low)} to ${summary.format(a.high)} and ${summary.format(b.low)} to ${summary.format(b.high)}.`,
      };
};

function rangeOf(model: ModelResult, { metric }: Summary): { low: number; high: number } | undefined {
  const scores = (model.seeds ?? []).map((s) => finite(s[metric])).filter((s) => s !== undefined);
  return scores.length < 2 ? undefined : { low: Math.min(...scores), high: Math.max(...scores) };
}

/** That more epochs may bring more is a finding, which stands in the report and the terminal alike. */
const epochs: Rule = (_, { model }) => {
  const trained = model?.history?.valLoss?.length ?? 0;
  const best = model?.bestEpoch;
  if (!model || best === undefined || trained < 4) return undefined;
  const cell = modelInSentence(model.name);
  if (best <= Math.max(2, trained / 10)) {
    return {
      lead: `${capital(cell)} learned its rows by heart early.`,
      text: `After epoch ${best} of ${trained} the validation loss only rose: fewer units or more rows may help.`,
    };
  }
  return undefined;
};

const change: Rule = ({ data }, summary) => {
  const { model, baseline, metric } = summary;
  if (data.kind !== "series" || metric === "accuracy" || !model || !baseline) return undefined;
  const ratio = (m: ModelResult) => {
    const validation = summary.score(m, "validation");
    const test = summary.score(m, "test");
    return validation !== undefined && test !== undefined && validation > 0 ? test / validation : Number.NaN;
  };
  const [own, other] = [ratio(model), ratio(baseline)];
  if (!(own > 1.3)) return undefined;
  const times = `${own.toFixed(1)} times its error on the validation part`;
  const both = other > 1.3;
  return {
    lead: "The test part was harder than the validation part.",
    text: `${capital(modelInSentence(model.name))} errs there by ${times}${both ? `, ${modelInSentence(baseline.name)} by ${other.toFixed(1)} times: the series itself changed.` : `, ${modelInSentence(baseline.name)} by ${Number.isFinite(other) ? other.toFixed(1) : "?"} times: part of its validation score may have been luck.`}`,
  };
};

const uneven: Rule = ({ confusion, data }, { model }) => {
  if (!confusion || confusion.length < 2 || !model) return undefined;
  const found = confusion
    .map((row, i) => ({ i, share: row[i] / row.reduce((a, b) => a + b, 0) }))
    .filter(({ share }) => Number.isFinite(share));
  const sorted = found.sort((a, b) => a.share - b.share);
  const [low, high] = [sorted[0], sorted[sorted.length - 1]];
  if (!low || high.share - low.share < 0.1) return undefined;
  const name = (i: number) => shorten(data.labels?.[i] ?? count(i), 40);
  return {
    lead: "Not all classes are served equally.",
    text: `Of the rows of class ${name(low.i)} ${modelLabel(model.name)} finds ${percent(low.share)}, of class ${name(high.i)} ${percent(high.share)}.`,
  };
};

const few: Rule = ({ split, data, findings }) => {
  const judged = split.scored ?? split.test;
  if (judged >= 50 || findings.some(({ what }) => /test part.*\b(only|few|small)\b/i.test(what))) return undefined;
  const rows = data.kind === "series" ? "targets" : "rows";
  return {
    lead: "The test part is small.",
    text: `${count(judged)} ${rows} give wide intervals: others could look otherwise.`,
  };
};

const RULES: readonly Rule[] = [interval, naive, luck, epochs, change, uneven, few];

import { counted, shown } from "../base/index.ts";
import { type Finding, only, percent } from "./finding.ts";
import { labelLeaks } from "./leaks.ts";
import type { LabelledTexts, TextsData } from "./loaded-data.ts";
import { sourceName } from "./source-name.ts";

const LEAST_ROWS = 20;
const RARE = 10;

/** What is to be known about texts and their labels; see `checkData`. */
export function checkTexts(data: TextsData): Finding[] {
  return [
    ...checkClasses(data),
    ...checkSpelling(data.train.labels),
    ...checkEmpty(data, data.train, data.test ? "the training part" : "the data"),
    ...(data.test ? checkEmpty(data, data.test, "the test part") : []),
    ...checkDuplicates(data),
    ...(data.test ? checkUnknownWords(data.train.texts, data.test.texts) : []),
    ...(data.columns ? labelLeaks(data, data.columns.text, data.columns.label) : []),
  ];
}

function checkClasses({ train, test }: TextsData): Finding[] {
  const rows = train.labels.length;
  const classes = counts(train.labels);
  const findings: Finding[] = [];
  if (rows < LEAST_ROWS) {
    findings.push({
      code: "data/too-little",
      severity: "error",
      what: `${only(rows, "text")}; at least ${LEAST_ROWS} are needed to train and to test`,
      advice: "Collect more; a few hundred for each class is a start.",
    });
  } else if (rows < 1000) {
    findings.push({
      code: "data/little",
      severity: "warning",
      what: `${only(rows, "text")}`,
      advice: "Expect the baseline of words and word pairs to win; more texts help most.",
    });
  }
  if (classes.size < 2) {
    findings.push({
      code: "data/one-class",
      severity: "error",
      what: `All texts have the label ${shown(train.labels[0])}`,
      advice: "Add texts of another class: there is nothing to tell apart.",
    });
    return findings;
  }
  if (classes.size > 100 && classes.size > 0.2 * rows) {
    findings.push({
      code: "data/many-classes",
      severity: "error",
      what: `There are ${counted(classes.size, "class", "classes")} in ${counted(rows, "text")}`,
      advice: "Is the label column an identifier? Name another one, or merge classes.",
    });
    return findings;
  }
  const rare = [...classes].filter(([, count]) => count < RARE).sort((a, b) => a[1] - b[1]);
  if (rare.length > 0) {
    const [label, count] = rare[0];
    findings.push({
      code: "data/rare-class",
      severity: "warning",
      what: `${counted(rare.length, "class has", "classes have")} fewer than ${RARE} texts, such as ${shown(label)} with ${count}`,
      advice: "Merge rare classes, leave them out, or collect more: they can be neither learnt nor measured.",
    });
  }
  const [largest, most] = [...classes].reduce((best, entry) => (entry[1] > best[1] ? entry : best));
  if (most > 0.8 * rows) {
    findings.push({
      code: "data/imbalanced",
      severity: "note",
      what: `${percent(most / rows)} of the texts have the label ${shown(largest)}`,
      advice: "Hold every accuracy against that share: always saying this label reaches it.",
    });
  }
  if (isSorted(train.labels, classes.size)) {
    findings.push({
      code: "data/sorted",
      severity: "note",
      what: "The texts are sorted by label",
      advice: "Shuffle them before a part is split off by its place, as validationSplit does.",
    });
  }
  const share = (part: readonly string[], label: string): number =>
    part.filter((other) => other === label).length / part.length;
  if (test && test.labels.length > 0 && Math.abs(share(test.labels, largest) - most / rows) > 0.2) {
    findings.push({
      code: "data/class-shift",
      severity: "warning",
      what: `Label ${shown(largest)} has ${percent(most / rows)} of the training part and ${percent(share(test.labels, largest))} of the test part`,
      advice: "Draw both parts from the same source, or say that they differ.",
    });
  }
  return findings;
}

/** Labels that a person would read as one, and that become classes of their own. */
function checkSpelling(labels: readonly string[]): Finding[] {
  const alike = new Map<string, [label: string, count: number][]>();
  for (const entry of counts(labels)) {
    const key = entry[0].normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
    alike.set(key, [...(alike.get(key) ?? []), entry]);
  }
  const groups = [...alike.values()].filter(({ length }) => length > 1);
  if (groups.length === 0) return [];
  const listed = groups.slice(0, 5).map((group) => {
    const names = group.map(([label, count]) => `${shown(label)} (${counted(count, "text")})`);
    return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  });
  const more = groups.length > listed.length ? [`${groups.length - listed.length} more`] : [];
  return [
    {
      code: "data/alike-labels",
      severity: "warning",
      what: `Labels differ in case or blanks alone: ${[...listed, ...more].join("; ")}`,
      advice: "Where they mean the same, write them alike: each spelling is learnt and counted as a class of its own.",
    },
  ];
}

function checkEmpty(data: TextsData, part: LabelledTexts, name: string): Finding[] {
  const empty = part.texts.filter((text) => text.trim() === "").length;
  if (empty === 0) return [];
  const first = part.texts.findIndex((text) => text.trim() === "");
  return [
    {
      code: "data/empty-text",
      severity: empty === part.texts.length ? "error" : "warning",
      what: `${counted(empty, "text")} of ${name} ${empty === 1 ? "is" : "are"} empty`,
      where: placeOf(data, part, first) ?? `Text ${first + 1} of ${name}`,
      advice: "Remove these rows: a model can only answer them with the most frequent label.",
    },
  ];
}

/** As tables name their rows; undefined where there is no file. */
function placeOf({ source, train, table }: TextsData, part: LabelledTexts, text: number): string | undefined {
  if (table === undefined || part.rows === undefined) return undefined;
  // A test part of the same table leaves less of it to train on.
  const own = part === train || table.rows > train.texts.length;
  return `Row ${part.rows[text]} of ${own ? sourceName(source) : "the file to test on"}`;
}

function checkDuplicates({ train, test }: TextsData): Finding[] {
  const findings: Finding[] = [];
  const labelOf = new Map<string, string>();
  let [repeated, contradicting] = [0, 0];
  train.texts.forEach((text, row) => {
    const known = labelOf.get(text);
    if (known === undefined) labelOf.set(text, train.labels[row]);
    else if (known === train.labels[row]) repeated++;
    else contradicting++;
  });
  if (contradicting > 0) {
    findings.push({
      code: "data/contradiction",
      severity: "warning",
      what: `${counted(contradicting, "text occurs", "texts occur")} before with another label`,
      advice: "Correct the labels, keep the first, or leave both out: no model can satisfy both.",
    });
  }
  if (repeated > 0) {
    findings.push({
      code: "data/duplicates",
      severity: repeated > 0.01 * train.texts.length ? "warning" : "note",
      what: `${counted(repeated, "text")}${test ? " of the training part" : ""} (${percent(repeated / train.texts.length)}) ${repeated === 1 ? "occurs" : "occur"} before in ${test ? "it" : "the data"}`,
      advice:
        "Remove repeated texts before a part is split off: the validation part would hold texts that were trained on.",
    });
  }
  if (!test) return findings;
  const shared = test.texts.map((text) => labelOf.get(text));
  const seen = shared.filter((label) => label !== undefined).length;
  const changed = shared.filter((label, row) => label !== undefined && label !== test.labels[row]).length;
  if (seen > 0) {
    findings.push({
      code: "data/leak",
      severity: "warning",
      what: `${counted(seen, "text")} of the test part (${percent(seen / test.texts.length)}) ${seen === 1 ? "is" : "are"} also in the training part${changed > 0 ? `, ${changed} with another label` : ""}`,
      advice: "Remove them from one part: what was learnt by heart would count as understood.",
    });
  }
  return findings;
}

/** The share of words of the test part that never occur in training: what the model will read as "unknown" at least. */
function checkUnknownWords(train: readonly string[], test: readonly string[]): Finding[] {
  const known = new Set<string>();
  for (const text of train) for (const word of words(text)) known.add(word);
  let [all, unknown] = [0, 0];
  for (const text of test) {
    for (const word of words(text)) {
      all++;
      if (!known.has(word)) unknown++;
    }
  }
  if (all === 0 || unknown === 0) return [];
  const many = unknown > 0.1 * all;
  return [
    {
      code: "data/unknown-words",
      severity: many ? "warning" : "note",
      what: `${percent(unknown / all)} of the words of the test part never occur in the training part`,
      advice: many
        ? "Are both in one language and from one source? Add texts like those of the test part to the training part."
        : "The model reads them all as one unknown word; that is usual at this share.",
    },
  ];
}

function words(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
}

function counts(labels: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const label of labels) found.set(label, (found.get(label) ?? 0) + 1);
  return found;
}

/** Whether each class stands in one piece. */
function isSorted(labels: readonly string[], classes: number): boolean {
  let changes = 0;
  for (let row = 1; row < labels.length; row++) if (labels[row] !== labels[row - 1]) changes++;
  return changes === classes - 1 && labels.length > 2 * classes;
}

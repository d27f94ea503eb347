import { counted, type Dataset, type Tensor } from "../base/index.ts";
import { type Finding, percent } from "./finding.ts";
import type { SequencesData } from "./loaded-data.ts";

const RARE = 10;

/** What is to be known about sequences that are ready for a model; see `checkData`. */
export function checkSequences(data: SequencesData): Finding[] {
  return [
    ...checkNumbers(data.train, "training"),
    ...(data.test ? checkNumbers(data.test, "test") : []),
    ...(data.task === "classification" && data.train.y ? checkClasses(data, data.train.y) : []),
    ...checkShared(data),
  ];
}

function checkNumbers({ x, y }: Dataset, part: string): Finding[] {
  const findings: Finding[] = [];
  for (const [name, tensor] of [
    ["inputs", x],
    ["targets", y],
  ] as const) {
    if (!tensor) continue;
    const size = tensor.data.length / Math.max(1, tensor.shape[0]);
    const broken = tensor.data.findIndex((value) => !Number.isFinite(value));
    if (broken < 0) continue;
    findings.push({
      code: "data/not-finite",
      severity: "error",
      what: `The ${name} of the ${part} part hold ${tensor.data[broken]}`,
      where: `Row ${Math.floor(broken / size) + 1} of the ${part} part`,
      advice: "Fill in a finite value or remove the row.",
    });
  }
  return findings;
}

function checkClasses(data: SequencesData, y: Tensor): Finding[] {
  const counts = new Map<number, number>();
  for (const label of y.data) counts.set(label, (counts.get(label) ?? 0) + 1);
  const named = (label: number): string => data.classes?.[label] ?? String(label);
  if (counts.size < 2) {
    return [
      {
        code: "data/one-class",
        severity: "error",
        what: "All sequences have the same label",
        advice: "Add sequences of another class: there is nothing to tell apart.",
      },
    ];
  }
  const findings: Finding[] = [];
  const missing = data.classes?.filter((_, label) => !counts.has(label)) ?? [];
  if (missing.length > 0) {
    findings.push({
      code: "data/missing-class",
      severity: "warning",
      what: `${counted(missing.length, "class", "classes")} never ${missing.length === 1 ? "occurs" : "occur"}, such as "${missing[0]}"`,
      advice: "Add sequences of it, or leave it out of the classes.",
    });
  }
  const rare = [...counts].filter(([, count]) => count < RARE);
  if (rare.length > 0) {
    findings.push({
      code: "data/rare-class",
      severity: "warning",
      what: `${counted(rare.length, "class has", "classes have")} fewer than ${RARE} sequences, such as "${named(rare[0][0])}" with ${rare[0][1]}`,
      advice: "Merge rare classes, leave them out, or collect more: they can be neither learnt nor measured.",
    });
  }
  return findings;
}

/** Sequences of the test part that were trained on, by content. */
function checkShared({ train, test }: SequencesData): Finding[] {
  if (!test) return [];
  const known = new Set(rowKeys(train.x));
  const keys = [...rowKeys(test.x)];
  const shared = keys.filter((key) => known.has(key)).length;
  if (shared === 0) return [];
  return [
    {
      code: "data/leak",
      severity: shared > 0.01 * keys.length ? "warning" : "note",
      what: `${counted(shared, "sequence")} of the test part (${percent(shared / keys.length)}) ${shared === 1 ? "is" : "are"} also in the training part`,
      advice: "Remove them from one part: what was learnt by heart would count as understood.",
    },
  ];
}

function* rowKeys({ shape, data }: Tensor): Generator<string> {
  const size = data.length / Math.max(1, shape[0]);
  for (let row = 0; row < shape[0]; row++) yield data.subarray(row * size, (row + 1) * size).join(",");
}

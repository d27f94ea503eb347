// A study goes on only with what it was begun with; what differs is told by name.

import { GruvyError } from "../../base/index.ts";
import { described } from "../space/index.ts";
import type { Ledger } from "./ledger.ts";
import { headOf, type StudyHead, type StudyRecord } from "./records.ts";
import type { StudyOptions } from "./study.ts";

/** A setting that is not as it was, in words. */
interface Difference {
  readonly name: string;
  readonly was: string;
  readonly is: string;
}

/** More are not named one by one. */
const MOST = 4;

function headFor({ space, objective, searcher, seed, epochs, about = {} }: StudyOptions): StudyHead {
  return {
    type: "study",
    format: 1,
    space,
    objective,
    searcher: { name: searcher.name, ...searcher.config },
    seed,
    epochs,
    about,
    date: new Date().toISOString(),
  };
}

/**
 * Makes a ledger that of this study, or makes sure that it is.
 *
 * @throws {GruvyError} `usage/other-study` that says what differs.
 */
export async function openStudy(ledger: Ledger, options: StudyOptions): Promise<void> {
  while (headOf(ledger.records()) === undefined) {
    if (await ledger.append(headFor(options), ledger.records().length)) return;
    // Another was first.
  }
  refuseOther(ledger.records(), options);
}

/**
 * Makes sure that records, if they are of a study, are of this one.
 *
 * @throws {GruvyError} `usage/other-study` that says what differs, in `details.differences` too.
 */
export function refuseOther(records: readonly StudyRecord[], options: StudyOptions): void {
  const known = headOf(records);
  if (known === undefined) return;
  const differences = differencesOf(known, headFor(options));
  if (differences.length > 0) throw otherStudy(differences);
}

function otherStudy(differences: readonly Difference[]): GruvyError {
  const said = differences.slice(0, MOST).map(({ name, was, is }) => `${name} was ${was}, here it is ${is}`);
  if (differences.length > MOST) said.push(`and ${differences.length - MOST} more differ`);
  return new GruvyError(
    "usage/other-study",
    `The folder holds another study: ${said.join("; ")}`,
    "Give what it was begun with to go on with it, or another folder to begin anew.",
    { details: { differences } },
  );
}

function differencesOf(known: StudyHead, head: StudyHead): Difference[] {
  const [before, now] = [partsOf(known), partsOf(head)];
  const names = [...new Set([...before.keys(), ...now.keys()])].filter(
    (name) => before.get(name)?.exact !== now.get(name)?.exact,
  );
  const searches = names.includes("search");
  return names
    .filter((name) => {
      // Options of another search say nothing, and the length of its longest trials stands in both places.
      if (searches && (Object.hasOwn(known.searcher, name) || Object.hasOwn(head.searcher, name))) return false;
      return name !== "epochs" || !names.includes("maxEpochs");
    })
    .map((name) => {
      const absent = name === "training" ? "as long as maxEpochs says" : "not there";
      const [was = { exact: absent, words: absent }, is = { exact: absent, words: absent }] = [
        before.get(name),
        now.get(name),
      ];
      const same = was.words === is.words;
      const label = LABELS[name] ?? name;
      return { name: label, was: same ? was.exact : was.words, is: same ? is.exact : is.words };
    });
}

const LABELS: Readonly<Record<string, string>> = { data: "the data's sum", training: "the final trainings' length" };

/** All that must stay, by name: exactly, and in words. */
function partsOf(head: StudyHead): Map<string, { readonly exact: string; readonly words: string }> {
  const { space, objective, seed, epochs, about } = head;
  // How many trials there may be is a budget: more of it goes on with the same study.
  const { name: search, maxTrials: _, ...options } = head.searcher;
  const plain = (value: string | number | boolean) => ({ exact: canonical(value), words: String(value) });
  return new Map([
    ...space.map((one) => [`hyperparameter ${one.name}`, { exact: canonical(one), words: described(one) }] as const),
    ["objective", { exact: canonical(objective), words: `${objective.name} (${objective.direction})` }],
    ["search", plain(search)],
    ...Object.entries(options).map(([name, value]) => [name, plain(value)] as const),
    ["seed", plain(seed)],
    ["epochs", plain(epochs)],
    ...Object.entries(about).map(([name, value]) => [name, plain(value)] as const),
  ]);
}

/** JSON whose keys are in order, so that what means the same is the same. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

import { GruvyError } from "../base/index.ts";
import { decodeModel, type FittedModel, type Tunable, type Tuned } from "../tasks/index.ts";
import { type FinalResult, finalFile, finalResults, finalVerdict } from "./finals.ts";
import type { Lengths } from "./lengths.ts";
import type { Values } from "./space/index.ts";
import type { Beside, Ledger, Logs, Objective } from "./study/index.ts";

/** The winner of the finals, as it was of the seed whose validation score is the middle one. */
export interface Crowned {
  readonly objective: Objective;
  readonly finals: readonly FinalResult[];
  readonly verdict: string;
  readonly test: Logs;
  /** Absent in a study of an earlier version. */
  readonly beside?: Beside;
  readonly fitted: FittedModel;
}

/** The winner by validation, and its score on the test part, which the ledger remembers and nobody looks at again. */
export async function crowned(
  ledger: Ledger,
  {
    data,
    tuned,
    objective,
    lengths,
  }: {
    readonly data: Tunable;
    readonly tuned: (values: Values) => Tuned;
    readonly objective: Objective;
    readonly lengths: Lengths;
  },
): Promise<Crowned> {
  const finals = finalResults(ledger.records(), objective);
  const verdict = finalVerdict(finals, objective);
  const [{ name, values, scores }] = finals;
  const sorted = [...scores].sort((a, b) => a.score - b.score);
  const { seed } = sorted[Math.floor((sorted.length - 1) / 2)];
  const file = finalFile(name, seed);
  const bytes = await ledger.files.read(file);
  if (bytes === undefined) throw new GruvyError("file/missing", `The weights ${file} of the winner are missing`);
  const model = await decodeModel(bytes, file);
  const how = { verdict, epochs: lengths.epochs, patience: lengths.asTrain?.patience };
  const known = ledger.records().findLast((one) => one.type === "test" && one.scores !== undefined);
  if (known?.type === "test" && known.scores && known.name === name && known.seed === seed) {
    const { scores: test, beside } = known;
    const fitted = data.fitted(model, tuned(values), { validation: {}, test }, how);
    return { objective, finals, verdict, test, beside, fitted };
  }
  await ledger.append({ type: "test", name, seed });
  const { validation, ...tested } = await data.score(model, tuned(values));
  const test = { ...tested.test } as Logs;
  const { baseline } = tested;
  const beside: Beside = { baseline: baseline.name, scores: { ...baseline.test } as Logs, verdict: tested.verdict };
  await ledger.append({ type: "test", name, seed, scores: test, beside });
  const fitted = data.fitted(model, tuned(values), { validation, test }, how);
  return { objective, finals, verdict, test, beside, fitted };
}

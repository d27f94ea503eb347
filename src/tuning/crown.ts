import { GruvyError, shown } from "../base/index.ts";
import type { Model } from "../model/index.ts";
import { decodeModel, type FittedModel, type Tested, type Tunable, type Tuned } from "../tasks/index.ts";
import { finalVerdict } from "./final-verdict.ts";
import {
  type FailedFinal,
  type Finalist,
  type FinalResult,
  failedFinals,
  finalFile,
  finalResults,
  winnerOf,
} from "./finals.ts";
import type { Lengths } from "./lengths.ts";
import { looksOf } from "./looks.ts";
import type { Values } from "./space/index.ts";
import type { Beside, Ledger, Logs, Objective } from "./study/index.ts";

/** The winner of the finals, as it was of the seed whose validation score is the middle one. */
export interface Crowned {
  readonly objective: Objective;
  readonly finals: readonly FinalResult[];
  /** The final trainings that came to nothing. */
  readonly failedFinals: readonly FailedFinal[];
  readonly verdict: string;
  readonly test: Logs;
  /** How many winners of this study the test part has seen, this one included. */
  readonly looks: number;
  /** Absent in a study of an earlier version. */
  readonly beside?: Beside;
  readonly fitted: FittedModel;
}

/**
 * The winner by validation, and its score on the test part; none where all final trainings failed. The ledger has the
 * look before it happens, and what was seen after: a model that was looked at is not looked at again, and a look that was
 * cut off is repeated, not counted anew.
 */
export async function crowned(
  ledger: Ledger,
  {
    data,
    tuned,
    objective,
    lengths,
    again,
  }: {
    readonly data: Tunable;
    readonly tuned: (values: Values) => Tuned;
    readonly objective: Objective;
    readonly lengths: Lengths;
    /** Trains a finalist from a seed once more, for its weights were lost; false when it was interrupted. */
    readonly again: (finalist: Finalist, seed: number) => Promise<boolean>;
  },
): Promise<Crowned | Pick<Crowned, "objective" | "finals" | "failedFinals" | "verdict"> | "interrupted"> {
  const finals = finalResults(ledger.records(), objective);
  const failed = failedFinals(ledger.records());
  const verdict = finalVerdict(finals, objective, failed);
  const winner = winnerOf(finals);
  if (winner === undefined) return { objective, finals, failedFinals: failed, verdict };
  const { name, values, seed } = winner;
  const file = finalFile(name, seed);
  let model = await kept(ledger, file);
  if (model === undefined) {
    if (!(await again(winner, seed))) return "interrupted";
    model = await kept(ledger, file);
  }
  if (model === undefined) throw new GruvyError("file/damaged", `The weights ${shown(file)} of the winner are damaged`);
  const how = { verdict, epochs: lengths.epochs, patience: lengths.asTrain?.patience };
  const own = ledger
    .records()
    .filter((one) => one.type === "test")
    .filter((one) => one.name === name && one.seed === seed);
  let seen = own.find(({ scores }) => scores !== undefined);
  let validation = {};
  if (seen === undefined) {
    if (own.length === 0) await ledger.append({ type: "test", name, seed });
    const tested = await data.score(model, tuned(values));
    const { baseline, baselines } = tested;
    const beside: Beside = { baseline: baseline.name, scores: { ...baseline.test } as Logs, verdict: tested.verdict };
    seen = {
      type: "test",
      name,
      seed,
      scores: { ...tested.test } as Logs,
      beside,
      baselines: baselines.map(({ name, test }) => ({ name, test: { ...test } as Logs })),
    };
    await ledger.append(seen);
    validation = tested.validation;
  }
  const { scores: test = {}, beside } = seen;
  const baselines = seen.baselines as Tested["baselines"] | undefined;
  const { looks } = looksOf(ledger.records(), finals);
  const fitted = data.fitted(model, tuned(values), { validation, test, baselines }, how);
  return { objective, finals, failedFinals: failed, verdict, test, looks, beside, fitted };
}

/** A model of the study's folder; undefined where it is missing or damaged. */
export async function kept(ledger: Ledger, file: string | undefined): Promise<Model | undefined> {
  const bytes = file && (await ledger.files.read(file));
  if (!bytes) return undefined;
  return await decodeModel(bytes, file).catch((error: unknown) => {
    if (!(error instanceof GruvyError) || !error.code.startsWith("file/")) throw error;
    return undefined;
  });
}

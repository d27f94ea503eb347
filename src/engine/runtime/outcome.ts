import { control, EmbeddingOp, type Op } from "../graph/index.ts";
import type { Bound, Places } from "./binding.ts";
import type { Memory } from "./memory.ts";
import type { Outcome } from "./work.ts";

/** How runs end, by the number that the program leaves. */
const ENDINGS = ["done", "notFinite", "stopped"] as const;

/** What the runs of a call have left, those that were begun. `cells`: of the objective. */
export async function readOutcomes(
  memory: Memory,
  ops: readonly Op[],
  cells: number,
  runs: readonly Bound[],
  places: readonly Places[],
): Promise<Outcome[]> {
  const read = async (address: number, bytes: number) => (await memory.read(address, bytes)).buffer as ArrayBuffer;
  const words = async (from: number, to: number) => new Int32Array(await read(from, to - from));
  const last = await words(control.turns, control.leave);
  const [turns] = last;
  const outcomes: Outcome[] = [];
  for (let i = 0; i <= turns; i++) {
    const { purpose, program } = runs[i];
    const { batches: all, losses, totals, outputs } = places[i];
    // The words of a run that another has followed are where that one's were.
    const own = (i < turns ? places[i + 1].words : 0) - control.batchSize;
    const [ending, batches] =
      i < turns
        ? await words(own + control.status, own + control.leave)
        : last.subarray((control.status - control.turns) / 4);
    const counted = new Float64Array(await read(totals, 8 * program.cells));
    const scored = outputs.length === 0;
    const output = async ({ address, bytes }: { address: number; bytes: number }) =>
      new Float32Array(await read(address, bytes));
    outcomes.push({
      status: batches >= all ? "done" : ENDINGS[ending],
      batches,
      ...(purpose === "train" ? { cost: costOf(ops, runs[i], counted.subarray(cells), batches) } : {}),
      losses: scored ? new Float64Array(await read(losses, 8 * Math.min(all, batches + 1))) : new Float64Array(),
      totals: counted.subarray(0, cells),
      outputs: scored ? undefined : await Promise.all(outputs.map(output)),
    });
  }
  return outcomes;
}

function costOf(ops: readonly Op[], { program, work }: Bound, tallies: Float64Array, batches: number): Outcome["cost"] {
  // What no op has counted is behind no index, and undefined.
  const found = (is: (one: Bound["program"]["tallies"][number]) => boolean): number | undefined =>
    tallies[program.tallies.findIndex(is)];
  const tally = (owner: object, name: string) => found((one) => one.name === name && one.owner === owner) ?? 0;
  const counts = { rows: Math.min(work.rows, batches * work.batchSize), steps: work.steps, tally };
  const costs = ops.map((op) => op.cost(counts));
  const distinctTokens = work.inputs.map((_, input) =>
    found(({ name, owner }) => name === "distinct" && owner instanceof EmbeddingOp && owner.input === input),
  );
  return {
    done: costs.reduce((sum, { done }) => sum + done, 0),
    plain: costs.reduce((sum, { plain }) => sum + plain, 0),
    distinctTokens,
  };
}

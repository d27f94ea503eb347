import { LAYER_NORM_SAVED, padded, stride } from "../../kernels/index.ts";
import { loadsOf } from "./pass.ts";
import { type Instruction, phases, type Schedule } from "./schedule.ts";
import { partsOf, type Term } from "./term.ts";

/** Where terms lie within the row that each row of a step has: blocks, which are used again when nobody reads them. */
export interface Blocks {
  /** Bytes into the row. */
  readonly at: ReadonlyMap<Term, number>;
  /** What a normalisation leaves for the way back. */
  readonly saved: ReadonlyMap<Term, number>;
  /** Floats from row to row. */
  readonly stride: number;
}

/** What an instruction writes and reads. */
function use(instruction: Instruction, schedule: Schedule): { writes: Term[]; reads: Term[]; saved?: Term } {
  const { stored } = schedule;
  const some = (terms: readonly Term[]) => terms.filter((term) => stored.has(term));
  switch (instruction.do) {
    case "begin":
      return { writes: [instruction.of], reads: [] };
    case "product": {
      const { product, to } = instruction;
      return { writes: "what" in to ? [to] : [], reads: some([product.from]) };
    }
    case "pass": {
      const { stores } = instruction.pass;
      const writes = stores.filter(({ to }) => to === "block").map(({ term }) => term);
      return { writes, reads: some(loadsOf(instruction.pass, schedule)) };
    }
    case "normal":
      return { writes: [instruction.of], reads: some(partsOf(instruction.of)), saved: instruction.of };
    case "normalBack": {
      const { of } = instruction;
      const { what } = of;
      if (what.kind !== "normalBack") throw new Error("no gradient of a normalisation");
      return { writes: [of], reads: some([...partsOf(what.normal), what.gradient]), saved: what.normal };
    }
    case "outer":
      return { writes: [], reads: some([instruction.from, instruction.gradient]) };
    case "sums":
      return { writes: [], reads: some([instruction.gradient]) };
  }
}

/** Gives every term that lies in memory its block. */
export function layBlocks(schedule: Schedule): Blocks {
  const list = phases.flatMap((phase) => schedule.phases[phase]);
  const uses = list.map((instruction) => use(instruction, schedule));
  const last = new Map<Term, number>();
  const lastSaved = new Map<Term, number>();
  uses.forEach(({ writes, reads, saved }, time) => {
    for (const term of [...writes, ...reads]) last.set(term, time);
    if (saved) lastSaved.set(saved, time);
  });
  const at = new Map<Term, number>();
  const savedAt = new Map<Term, number>();
  const free = new Map<number, number[]>();
  let end = 0;
  const take = (floats: number): number => {
    const found = free.get(floats)?.pop();
    if (found !== undefined) return found;
    end += floats;
    return 4 * (end - floats);
  };
  const giveBack = (floats: number, byte: number) => free.set(floats, [...(free.get(floats) ?? []), byte]);
  uses.forEach(({ writes, reads, saved }, time) => {
    const done = reads.filter((term) => at.has(term) && last.get(term) === time && !writes.includes(term));
    const release = () => {
      for (const term of new Set(done)) giveBack(padded(term.features!), at.get(term)!);
    };
    // A pass reads and writes place by place, so that what it reads last can make room for what it writes.
    const inPlace = list[time].do === "pass";
    if (inPlace) release();
    for (const term of writes) {
      if (!at.has(term) && !schedule.inNext.has(term)) at.set(term, take(padded(term.features!)));
    }
    if (saved && !savedAt.has(saved)) savedAt.set(saved, take(padded(LAYER_NORM_SAVED)));
    if (!inPlace) release();
    for (const term of writes) if (last.get(term) === time) giveBack(padded(term.features!), at.get(term)!);
    if (saved && lastSaved.get(saved) === time) giveBack(padded(LAYER_NORM_SAVED), savedAt.get(saved)!);
  });
  return { at, saved: savedAt, stride: stride(Math.max(1, end)) };
}

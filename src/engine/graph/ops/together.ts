import { copyRows, PANEL, padded, stride } from "../../kernels/index.ts";
import { I32 } from "../../wasm/index.ts";
import type { Together } from "../crew.ts";
import type { Build } from "../op.ts";
import type { Cell, StepCode } from "./cell.ts";
import type { Chunk, GateSource } from "./gate-source.ts";
import { PartCode } from "./part-code.ts";
import type { Walk } from "./walk.ts";

export { Crew } from "../crew.ts";

interface SharedRow {
  readonly owner: object;
  readonly cell: Cell;
  readonly units: number;
  readonly walk: Walk;
  readonly source: GateSource;
  /** Writes what the states start from. */
  begin(h: I32): void;
  readonly code: ConstructorParameters<typeof StepCode>;
  /** Behind the last step, when h and c hold what it leaves. */
  end(): void;
}

/**
 * The way of a single row through time by several threads: each computes some units of every step, with those of the
 * kernel's columns, and waits for the others before the next. The bits are those of one thread.
 */
export function walkTogether(build: Build, { part, parts, meet }: Together, row: SharedRow): void {
  const { fn } = build;
  const { owner, cell, units, walk, source } = row;
  const { h, leftOut, everyH } = walk.places;
  const rowBytes = 4 * stride(units);
  const share = (of: I32, number: I32) => fn.let(of.mul(number).divUnsigned(parts));
  const alone = (body: () => void) => fn.if(part.isZero(), body);
  const panels = I32.of(padded(units) / PANEL);
  const code = new PartCode({ from: share(panels, part), to: share(panels, part.add(1)) }, ...row.code);
  const copy = copyRows(build.module, padded(units), { to: rowBytes / 4, from: rowBytes / 4 });
  // Where one state would overwrite the last one, two take turns: others still read that.
  const pair = everyH ? undefined : build.buffer(owner, "turns", { fixed: 2 * rowBytes });
  const now = fn.variable(I32, pair ?? h);
  alone(() => row.begin(pair ?? fn.let(walk.first("h"))));
  meet();
  walk.eachChunk(false, (chunk) => {
    walk.eachRun(chunk, (run) => {
      const own = stretchOf(build, run, [share(run.length, part), share(run.length, part.add(1))], walk);
      fn.if(own.count, () => source.fill(build, own));
    });
    meet();
    walk.eachStep(chunk, false, (at) => {
      const next = pair && fn.let(pair.mul(2).add(rowBytes).sub(now.get));
      const place = next ? { ...at, h: now.get, next } : at;
      code.rows = at.rows;
      const forward = () => {
        cell.forward(code, place);
        if (next) now.set(next);
      };
      if (!leftOut) forward();
      else fn.if(at.rows, forward, () => alone(() => everyH && leftOut.carryOn(at, false)));
      meet();
    });
  });
  alone(() => {
    if (pair) fn.call(copy, h, now.get, I32.of(1));
    row.end();
  });
}

/** The steps of a run from one to below another, both counted from its first. */
function stretchOf({ fn }: Build, run: Chunk, [from, to]: readonly [I32, I32], walk: Walk): Chunk {
  const length = fn.let(to.sub(from));
  return {
    ...run,
    first: fn.let(run.first.add(from)),
    length,
    count: fn.let(length.mul(run.rows)),
    gates: fn.let(run.gates.add(from.mul(walk.places.gateBytes))),
  };
}

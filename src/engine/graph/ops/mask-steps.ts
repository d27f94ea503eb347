// What is written for masks that ops hand on by themselves.

import { keepRows, orMasks, stride } from "../../kernels/index.ts";
import type { FunctionRef, I32 } from "../../wasm/index.ts";
import type { Build } from "../op.ts";
import type { BegunMaskOp } from "./begun-mask.ts";
import type { KeepUnmaskedOp } from "./keep-unmasked.ts";

function run(build: Build, op: KeepUnmaskedOp, kernel: FunctionRef, to: I32, from: I32): void {
  const { fn, rows } = build;
  const mask = build.address(op.inputs[1]);
  if (!op.turned) {
    fn.call(kernel, to, from, mask, build.places(op.output));
    return;
  }
  const steps = build.steps(op.output.axis!);
  fn.loop(0, steps, 1, (t) => {
    const at = fn.let(t.mul(rows).mul(4 * stride(op.output.features)));
    const of = steps.sub(1).sub(t).mul(rows).mul(4);
    fn.call(kernel, to.add(at), from.add(at), mask.add(of), rows);
  });
}

export function keepUnmasked(build: Build, op: KeepUnmaskedOp): void {
  const kernel = keepRows(build.module, op.output.features, false, op.other);
  run(build, op, kernel, build.address(op.output), build.address(op.inputs[0]));
}

export function keepUnmaskedBackward(build: Build, op: KeepUnmaskedOp): void {
  const dy = build.gradient(op.output);
  const target = dy && build.target(op.inputs[0]);
  if (!dy || !target) return;
  run(build, op, keepRows(build.module, op.output.features, target.add), target.address, dy);
}

export function beginMask(build: Build, { inputs: [mask], output, backwards }: BegunMaskOp): void {
  const { fn, rows } = build;
  const [to, from] = [build.address(output), build.address(mask)];
  const bytes = fn.let(rows.mul(4));
  const steps = build.steps(mask.axis!);
  const or = orMasks(build.module);
  fn.loop(0, steps, 1, (index) => {
    const place = fn.let((backwards ? steps.sub(1).sub(index) : index).mul(bytes));
    const own = fn.let(from.add(place));
    const at = fn.let(output.axis ? to.add(place) : to);
    const before = output.axis ? (backwards ? at.add(bytes) : at.sub(bytes)) : at;
    fn.if(
      index.equals(0),
      () => fn.copy(at, own, bytes),
      () => fn.call(or, at, before, own, rows),
    );
  });
}

import { copyRows, padded, stride } from "../../kernels/index.ts";
import type { I32 } from "../../wasm/index.ts";
import type { Build } from "../op.ts";

/** Copies the rows of all steps in the reverse order of the steps: from the order of time to that of processing, or back. */
export function turnSteps(build: Build, features: number, steps: I32, from: I32, to: I32): void {
  const { module, fn, rows } = build;
  const bytes = fn.let(rows.mul(4 * stride(features)));
  const copy = copyRows(module, padded(features), { to: stride(features), from: stride(features) });
  fn.loop(0, steps, 1, (t) => {
    const turned = steps.sub(1).sub(t);
    fn.call(copy, to.add(turned.mul(bytes)), from.add(t.mul(bytes)), rows);
  });
}

import type { Late } from "../../base/index.ts";
import { F32, F32x4, F64, type Fn, type FunctionRef, I32, I32x4, type Module } from "../wasm/index.ts";
import { elementwise, elementwiseRow } from "./elementwise-loss.ts";
import { tailMask } from "./gather.ts";
import { rareKernels } from "./late.ts";
import { padded, stride } from "./layout.ts";
import { type GradientSink, type LossKernel, outputBlocks, takesClassNumbers } from "./loss-kinds.ts";
import { eachRow } from "./rows.ts";

/** What must be loaded before a loss is written. */
export const lossNeeds = (loss: LossKernel): readonly Late<unknown>[] => (elementwise(loss) ? [] : [rareKernels]);

/** The loss of the row of predictions at p against that at y. */
function lossOfRow(fn: Fn, loss: LossKernel, p: I32, y: I32, features: number, sink: GradientSink): F32 {
  const each = elementwise(loss);
  if (each) return elementwiseRow(fn, each, [p, y], features, sink.vector);
  return rareKernels.loaded.rareLossRow(fn, loss, p, y, features, sink);
}

const nobody: GradientSink = { vector: () => {}, number: () => {} };

/** The same for a metric, which wants no gradient. */
export const valueOfRow = (fn: Fn, loss: LossKernel, p: I32, y: I32, features: number): F32 =>
  lossOfRow(fn, loss, p, y, features, nobody);

/**
 * Adds up a loss over rows and writes its gradient with respect to the predictions, not yet divided by the number of
 * rows (`total` counts it, so that masks and short batches divide rightly afterwards).
 * `call(predictions, targets, gradient, mask, weights, cells, rows)`: cells are two float64, the sums of losses, each
 * times its row's weight, and of rows. Targets are rows like the predictions, or of one number for each block of them;
 * for the sparse loss one int32 class a row. A gradient of 0 is not written.
 */
export function lossRows(
  module: Module,
  loss: LossKernel,
  features: number,
  options: { masked: boolean; gradient: boolean; weighted?: boolean },
): FunctionRef {
  const { masked, gradient, weighted = false } = options;
  const targets = takesClassNumbers(loss) ? 1 : stride(features / outputBlocks(loss));
  return module.function(
    `loss ${JSON.stringify(loss)} ${features} ${masked} ${gradient} ${weighted}`,
    [I32, I32, I32, I32, I32, I32, I32],
    (fn, predictions, targetsAt, gradients, mask, weights, cells, rows) => {
      const pointers = [
        [predictions, stride(features)],
        [targetsAt, targets],
        [gradients, stride(features)],
        [mask, masked ? 1 : 0],
        [weights, weighted ? 1 : 0],
      ] as const;
      const total = fn.variable(F64, F64.load(cells));
      const count = fn.variable(F64, F64.load(cells, 8));
      eachRow(fn, rows, pointers, (p, y, d, m, w) => {
        const alive = masked ? fn.let(I32x4.loadSplat(m)) : undefined;
        const weight = weighted ? fn.let(F32x4.loadSplat(w)) : undefined;
        const scaled = (value: F32x4) => (weight ? value.mul(weight) : value);
        const sink: GradientSink = {
          vector(byte, value) {
            if (!gradient) return;
            const real = byte.known === undefined ? value : tailMask(features, byte.known / 16).keep(value);
            fn.store(d.add(byte), alive ? alive.keep(scaled(real)) : scaled(real));
          },
          number(byte, value) {
            if (!gradient) return;
            const whole = scaled(value.splat());
            fn.store(d.add(byte), (alive ? alive.keep(whole) : whole).lane(0));
          },
        };
        if (gradient) {
          for (let v = padded(features) - 8; v < padded(features); v += 4) fn.store(d, F32x4.splat(0), 4 * v);
        }
        const value = lossOfRow(fn, loss, p, y, features, sink);
        const counted = (then: () => void) => (masked ? fn.if(I32.load(m), then) : then());
        counted(() => {
          const own = value.toF64();
          total.set(total.get.add(weighted ? own.mul(F32.load(w).toF64()) : own));
          count.set(count.get.add(1));
        });
      });
      fn.store(cells, total.get);
      fn.store(cells, count.get, 8);
      return undefined;
    },
  );
}

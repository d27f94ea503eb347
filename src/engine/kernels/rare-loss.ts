import type { F32, Fn, I32 } from "../wasm/index.ts";
import { gaussianRow, quantilesRow } from "./block-loss.ts";
import { crossentropyRow } from "./class-loss.ts";
import { elementwiseRow } from "./elementwise-loss.ts";
import type { GradientSink, LossKernel } from "./loss-kinds.ts";
import { categoricalFocalRow, categoricalHingeRow } from "./rare-class-loss.ts";
import { rareElementwise } from "./rare-elementwise-loss.ts";

/** The row of a loss that few models have. */
export function rareLossRow(fn: Fn, loss: LossKernel, p: I32, y: I32, features: number, sink: GradientSink): F32 {
  const each = rareElementwise(loss);
  const share = loss.kind === "klDivergence" ? 1 : 1 / features;
  if (each) return elementwiseRow(fn, each, [p, y], features, sink.vector, share);
  switch (loss.kind) {
    case "quantile":
      return quantilesRow(fn, loss.quantiles, [p, y], features / loss.quantiles.length, sink.number);
    case "gaussianNll":
      return gaussianRow(fn, loss, [p, y], features / 2, sink.number);
    case "categoricalCrossentropy":
    case "sparseCategoricalCrossentropy":
      return crossentropyRow(fn, loss, p, y, features, sink.vector);
    case "categoricalFocalCrossentropy":
      return categoricalFocalRow(fn, loss, p, y, features, sink.vector);
    case "categoricalHinge":
      return categoricalHingeRow(fn, p, y, features, sink.vector);
    default:
      throw new Error(`no row has a loss "${loss.kind}"`);
  }
}

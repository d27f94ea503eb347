import type { Late } from "../../base/index.ts";
import { F32, F64, type Fn, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { rareKernels } from "./late.ts";
import { stride } from "./layout.ts";
import { lossNeeds, valueOfRow } from "./loss.ts";
import type { MetricKernel } from "./metric-kinds.ts";
import { type AddToCell, addShare, argmax, eachElement, type MetricRow, rightClass } from "./metric-row.ts";
import { eachRow } from "./rows.ts";

const common: readonly MetricKernel["kind"][] = [
  "loss",
  "squaredError",
  "absoluteError",
  "binaryAccuracy",
  "categoricalAccuracy",
  "sparseCategoricalAccuracy",
];

/** What must be loaded before a metric is written. */
export function metricNeeds(metric: MetricKernel): readonly Late<unknown>[] {
  const own = common.includes(metric.kind) ? [] : [rareKernels];
  return "loss" in metric ? [...own, ...lossNeeds(metric.loss)] : own;
}

/**
 * Adds rows to a metric's cells: `call(predictions, targets, mask, weights, cells, rows)`; targets as for the losses.
 * `distance`: floats from one row of predictions to the next, where they have more features than the targets.
 */
export function metricRows(
  module: Module,
  metric: MetricKernel,
  features: number,
  options: { masked: boolean; sparseTargets: boolean; weighted?: boolean; distance?: number },
): FunctionRef {
  const { masked, sparseTargets, weighted = false, distance = stride(features) } = options;
  return module.function(
    `metric ${JSON.stringify(metric)} ${features} ${masked} ${sparseTargets} ${weighted} ${distance}`,
    [I32, I32, I32, I32, I32, I32],
    (fn, predictions, targets, mask, weights, cells, rows) => {
      const pointers = [
        [predictions, distance],
        [targets, sparseTargets ? 1 : stride(features)],
        [mask, masked ? 1 : 0],
        [weights, weighted ? 1 : 0],
      ] as const;
      eachRow(fn, rows, pointers, (p, y, m, w) => {
        const row = () => {
          const weight = weighted ? fn.let(F32.load(w).toF64()) : undefined;
          const add: AddToCell = (index, value) => {
            const cell = typeof index === "number" ? cells : fn.let(cells.add(index.mul(8)));
            const offset = typeof index === "number" ? 8 * index : 0;
            fn.store(cell, F64.load(cell, offset).add(weight ? value.mul(weight) : value), offset);
          };
          countRow(fn, metric, { p, y, features, sparse: sparseTargets }, add);
        };
        if (masked) fn.if(I32.load(m), row);
        else row();
      });
      return undefined;
    },
  );
}

function countRow(fn: Fn, metric: MetricKernel, row: MetricRow, add: AddToCell): void {
  const { p, y, features } = row;
  switch (metric.kind) {
    case "loss":
    case "perplexity":
      addShare(add, valueOfRow(fn, metric.loss, p, y, features).toF64());
      break;
    case "categoricalAccuracy":
    case "sparseCategoricalAccuracy":
      addShare(add, argmax(fn, p, features).equals(rightClass(fn, row)).toF64());
      break;
    case "binaryAccuracy":
      eachElement(fn, row, (prediction, target) =>
        addShare(add, prediction.greater(metric.threshold).toF32().equals(target).toF64()),
      );
      break;
    case "squaredError":
    case "absoluteError":
      eachElement(fn, row, (prediction, target) => {
        const d = fn.let(prediction.sub(target).toF64());
        addShare(add, metric.kind === "squaredError" ? d.mul(d) : d.max(F64.of(0).sub(d)));
      });
      break;
    default:
      rareKernels.loaded.countRare(fn, metric, row, add);
  }
}

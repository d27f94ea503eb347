import { exp, normal, random, stream } from "../base/index.ts";

/** What all results hold alike. */
export const common = {
  versions: { gruvy: "0.1.0", node: "20.20.2", engine: "WebAssembly, SIMD, 2 threads" },
  date: "2026-11-23T07:15:24.000Z",
  report: "gruvy-report/report.html",
};

/** Losses that fall and, from some epoch on, rise by `over`. */
export function curve(epochs: number, from: number, to: number, over: number, wobble: number, seed: number) {
  const r = random(seed, stream.data, 7);
  const shape = (i: number, end: number) => end + (from - end) * exp(-i / (epochs / 8));
  const loss = Array.from({ length: epochs }, (_, i) => shape(i, to) * (1 + wobble * 0.3 * normal(r, 2 * i)));
  const valLoss = Array.from(
    { length: epochs },
    (_, i) => (shape(i, to * 1.35) + over * (i / epochs) ** 2) * (1 + wobble * normal(r, 2 * i + 1)),
  );
  const bestEpoch = valLoss.indexOf(Math.min(...valLoss)) + 1;
  return { history: { loss, valLoss }, bestEpoch };
}

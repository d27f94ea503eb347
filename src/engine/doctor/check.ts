import { padded, stride } from "../kernels/index.ts";
import type { Bench } from "./bench.ts";

/** What was found wrong with each kernel; empty when it computes what its float64 definition does. */
export type Problems = Readonly<Record<string, string>>;

/** Holds some kernels that belong together against their definitions. */
export interface Check {
  readonly kernels: readonly string[];
  run(bench: Bench): Problems;
}

/** A matrix of rows as kernels have it. */
export interface Shape {
  readonly rows: number;
  readonly features: number;
}

/** A shape as `spread` and `gathered` take it: with the distance from row to row, as programs lay them out. */
export const laid = ({ rows, features }: Shape) => ({
  rows,
  features,
  padded: padded(features),
  stride: stride(features),
});

/** Of several shapes, the first problem of each kernel, with its shape. */
export function overShapes<S extends Shape>(
  kernels: readonly string[],
  shapes: readonly S[],
  check: (bench: Bench, shape: S) => Problems,
): Check {
  return {
    kernels,
    run: (bench) => {
      const problems: Record<string, string> = {};
      for (const shape of shapes) {
        bench.clear();
        for (const [kernel, problem] of Object.entries(check(bench, shape))) {
          if (problem && !problems[kernel]) problems[kernel] = `${shape.rows} x ${shape.features}: ${problem}`;
        }
      }
      return problems;
    },
  };
}

/** The first that is not empty. */
export const first = (...problems: readonly string[]): string => problems.find((problem) => problem !== "") ?? "";

import { GruvyError } from "../../base/index.ts";
import type { TimeAxis } from "./value.ts";

/** The steps of an axis: first + times * floor((n - from) / each), where n are the steps of one of the inputs. */
export type StepsFormula = readonly [input: number, first: number, times: number, from: number, each: number];

/** Beyond the borders that any kernel has. */
const FAR = 65536;

/**
 * How the steps of an axis follow from those of the inputs, found by asking: whatever strides and borders lie between,
 * they grow by the same number each time that so many steps are added.
 */
export function stepsFormula(axis: TimeAxis, inputs: number): StepsFormula {
  const at = (input: number, n: number) =>
    axis.steps(Array.from({ length: inputs }, (_, i) => (i === input ? n : FAR)));
  for (let input = 0; input < inputs; input++) {
    const next = (n: number): number | undefined => {
      for (let i = n; i < n + FAR; i++) if (at(input, i) !== at(input, i + 1)) return i + 1;
      return undefined;
    };
    const grown = next(FAR);
    if (grown === undefined) continue;
    const each = next(grown)! - grown;
    const times = at(input, grown) - at(input, grown - 1);
    const from = grown % each;
    const first = at(input, grown) - times * ((grown - from) / each);
    for (let n = FAR; n < FAR + 3 * each + 3; n++) {
      if (at(input, n) !== first + times * Math.floor((n - from) / each)) {
        throw new GruvyError(
          "model/export",
          "The number of steps of a layer follows no formula that could be exported",
        );
      }
    }
    return [input, first, times, from, each];
  }
  return [0, at(0, FAR), 0, 0, 1];
}

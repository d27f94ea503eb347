import { takesClassNumbers } from "../engine/index.ts";
import type { BuiltModel } from "./build.ts";
import { type Compiled, targetFeaturesOf } from "./compile.ts";
import type { TargetSpec } from "./rows.ts";

/** What the targets of each output must look like; undefined for one that is not compared. */
export const targetsOf = ({ outputs }: BuiltModel, compiled: Compiled): (TargetSpec | undefined)[] =>
  outputs.map(({ name, value: { features, axis, kind } }, i) => {
    const { loss } = compiled.outputs[i];
    if (!loss) return undefined;
    return {
      name,
      features: targetFeaturesOf(loss, features),
      sequence: kind === "sequence",
      places: (steps) => axis?.steps(steps) ?? 1,
      classes: takesClassNumbers(loss.kernel),
    };
  });

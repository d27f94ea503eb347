import { rareOps } from "../late.ts";
import { type Build, Op } from "../op.ts";
import { Value } from "../value.ts";

/**
 * Whether a step counts or one before it has, `backwards` from the last step on; with `any`, whether a row has one that
 * counts at all.
 */
export class BegunMaskOp extends Op {
  readonly name = "begunMask";
  readonly inputs: readonly Value[];
  readonly output: Value;
  readonly backwards: boolean;

  constructor(mask: Value, { backwards = false, any = false }: { backwards?: boolean; any?: boolean }) {
    super();
    this.backwards = backwards;
    this.inputs = [mask];
    this.output = new Value("mask", 1, { axis: any ? undefined : mask.axis });
    this.output.op = this;
  }

  override get needs() {
    return [rareOps];
  }

  forward(build: Build): void {
    rareOps.loaded.beginMask(build, this);
  }

  backward(): void {}
}

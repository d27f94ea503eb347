import { orMasks } from "../../kernels/index.ts";
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
  private readonly backwards: boolean;

  constructor(mask: Value, { backwards = false, any = false }: { backwards?: boolean; any?: boolean }) {
    super();
    this.backwards = backwards;
    this.inputs = [mask];
    this.output = new Value("mask", 1, { axis: any ? undefined : mask.axis });
    this.output.op = this;
  }

  forward(build: Build): void {
    const { fn, rows } = build;
    const [mask] = this.inputs;
    const [to, from] = [build.address(this.output), build.address(mask)];
    const bytes = fn.let(rows.mul(4));
    const steps = build.steps(mask.axis!);
    const or = orMasks(build.module).index;
    fn.loop(0, steps, 1, (index) => {
      const place = fn.let((this.backwards ? steps.sub(1).sub(index) : index).mul(bytes));
      const own = fn.let(from.add(place));
      const at = fn.let(this.output.axis ? to.add(place) : to);
      const before = this.output.axis ? (this.backwards ? at.add(bytes) : at.sub(bytes)) : at;
      fn.if(
        index.equals(0),
        () => fn.copy(at, own, bytes),
        () => fn.call(or, at, before, own, rows),
      );
    });
  }

  backward(): void {}
}

import { rareOps } from "../late.ts";
import { type Build, Op } from "../op.ts";
import { Value } from "../value.ts";

export interface KeepOptions {
  /** The steps run against those of the mask. */
  readonly turned?: boolean;
  /** What stands at steps that do not count. Default 0. */
  readonly other?: 0 | 1;
  /** The mask of what comes out. Default: the one that is looked at. */
  readonly handedOn?: Value;
}

/** A masked sequence with zeros at the steps that do not count; or rows, of which some do not. */
export class KeepUnmaskedOp extends Op {
  readonly name = "keepUnmasked";
  override readonly needsAllSteps: string | undefined;
  readonly inputs: readonly Value[];
  readonly output: Value;
  readonly turned: boolean;
  readonly other: 0 | 1;

  constructor(x: Value, mask: Value, { turned = false, other = 0, handedOn = mask }: KeepOptions = {}) {
    super();
    this.turned = turned;
    this.other = other;
    this.needsAllSteps = turned ? "begins at the last step" : undefined;
    this.inputs = [x, mask];
    this.output = new Value(x.kind, x.features, { axis: x.axis, mask: x.axis && handedOn });
    this.output.op = this;
  }

  override get needs() {
    return [rareOps];
  }

  forward(build: Build): void {
    rareOps.loaded.keepUnmasked(build, this);
  }

  backward(build: Build): void {
    rareOps.loaded.keepUnmaskedBackward(build, this);
  }
}

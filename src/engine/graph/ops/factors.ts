import { dropoutMask, stride } from "../../kernels/index.ts";
import { I32 } from "../../wasm/index.ts";
import type { Build, RandomSource } from "../op.ts";

/**
 * Keep factors of a dropout that stays the same at every step: [gate][row][feature], drawn anew for every batch. There
 * are none outside training or where the rate is 0.
 */
export class Factors {
  private readonly owner: object;
  private readonly name: string;
  private readonly features: number;
  private readonly gates: number;
  private readonly rate: number;
  private readonly source: RandomSource;

  constructor(
    owner: object,
    options: { name: string; features: number; gates: number; rate: number; source: RandomSource },
  ) {
    this.owner = owner;
    this.name = options.name;
    this.features = options.features;
    this.gates = options.gates;
    this.rate = options.rate;
    this.source = options.source;
  }

  active(build: Build): boolean {
    return build.keep && this.rate > 0;
  }

  /** Where one gate's factors lie. */
  at(build: Build, gate: number): I32 {
    const row = 4 * stride(this.features);
    const all = build.buffer(this.owner, this.name, { row: row * this.gates });
    return all.add(build.rows.mul(row * gate));
  }

  write(build: Build): void {
    if (!this.active(build)) return;
    const { module, fn, rows, order } = build;
    const { first, second } = build.randomKey(this.source);
    const kernel = dropoutMask(module, this.features, stride(this.features), this.rate);
    for (let gate = 0; gate < this.gates; gate++) {
      fn.call(kernel, this.at(build, gate), order, I32.of(gate), first, second, rows);
    }
  }
}

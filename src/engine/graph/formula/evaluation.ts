import { elementary } from "../../kernels/index.ts";
import type { F32x4, Fn } from "../../wasm/index.ts";
import type { BinaryName, Term } from "./term.ts";

/** Whether a term is computed from others element by element. */
export const isMade = ({ what }: Term): boolean => what.kind === "unary" || what.kind === "binary";

/** Computes terms on four features at once, each one time. */
export class Evaluation {
  private readonly fn: Fn;
  private readonly read: (term: Term) => F32x4 | undefined;
  private readonly mayFuse: (term: Term) => boolean;
  private readonly known = new Map<Term, F32x4>();

  /** `read` gives what is there already; `mayFuse`: whether a product may be computed within a sum, and again elsewhere. */
  constructor(fn: Fn, read: (term: Term) => F32x4 | undefined, mayFuse: (term: Term) => boolean = () => true) {
    this.fn = fn;
    this.read = read;
    this.mayFuse = mayFuse;
  }

  value(term: Term): F32x4 {
    const { what } = term;
    if (what.kind === "constant") return this.fn.splat(what.value);
    let found = this.known.get(term);
    if (!found) {
      found = this.fn.let(this.read(term) ?? this.made(term));
      this.known.set(term, found);
    }
    return found;
  }

  private made({ what }: Term): F32x4 {
    if (what.kind === "unary") return elementary[what.name](this.fn, this.value(what.of));
    if (what.kind === "binary") return this.combined(what.name, what.a, what.b);
    throw new Error(`a ${what.kind} is not computed element by element`);
  }

  /** The factors of a product that nobody has asked for yet. */
  private product(term: Term): { a: Term; b: Term } | undefined {
    const { what } = term;
    const isProduct = what.kind === "binary" && what.name === "multiply";
    return isProduct && this.mayFuse(term) && !this.known.has(term) ? what : undefined;
  }

  private combined(name: BinaryName, a: Term, b: Term): F32x4 {
    const [x, y] = [this.product(a), this.product(b)];
    const values = (...terms: Term[]) => terms.map((term) => this.value(term));
    if (name === "add" && x) {
      const [p, q, addend] = values(x.a, x.b, b);
      return p.mulAdd(q, addend);
    }
    if (name === "add" && y) {
      const [addend, p, q] = values(a, y.a, y.b);
      return p.mulAdd(q, addend);
    }
    if (name === "subtract" && y) {
      const [addend, p, q] = values(a, y.a, y.b);
      return p.negMulAdd(q, addend);
    }
    const [left, right] = values(a, b);
    if (name === "add") return left.add(right);
    if (name === "subtract") return left.sub(right);
    return name === "multiply" ? left.mul(right) : left.div(right);
  }
}

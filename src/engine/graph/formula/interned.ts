import {
  type BinaryName,
  inOrder,
  type Product,
  partsOf,
  type SlopeName,
  Term,
  type TermKind,
  type UnaryName,
} from "./term.ts";

const value = ({ what }: Term): number | undefined => (what.kind === "constant" ? what.value : undefined);

/** What a training drops. */
export interface Drops {
  readonly input: boolean;
  readonly states: boolean;
}

/** Makes terms such that the same formula is the same term, and leaves out what does nothing. */
export class Interned {
  private readonly terms = new Map<string, Term>();
  private readonly numbers = new Map<object, number>();

  private number(thing: object | undefined): number {
    if (!thing) return -1;
    const found = this.numbers.get(thing) ?? this.numbers.size;
    this.numbers.set(thing, found);
    return found;
  }

  private key(what: TermKind): string {
    const of = (term: Term | undefined) => this.number(term);
    switch (what.kind) {
      case "input":
      case "state":
      case "incoming":
        return `${what.kind} ${what.index}`;
      case "kept":
        return `kept ${what.of} ${what.index}`;
      case "vector":
      case "matrix":
        return `${what.kind} ${this.number(what.weight)}`;
      case "constant":
        return `constant ${what.value} ${Object.is(what.value, -0)}`;
      case "linear": {
        const products = what.products.map((p) => `${of(p.from)} ${this.number(p.matrix)} ${p.transposed}`);
        return `linear ${products.join(",")} ${of(what.bias)}`;
      }
      case "unary":
        return `${what.name} ${of(what.of)}`;
      case "binary":
        return `${what.name} ${of(what.a)} ${of(what.b)}`;
      case "normal":
        return `normal ${of(what.of)} ${of(what.gain)} ${of(what.shift)} ${what.epsilon}`;
      case "normalBack":
        return `normalBack ${of(what.normal)} ${of(what.gradient)}`;
    }
  }

  make(what: TermKind, features: number | undefined): Term {
    const key = this.key(what);
    let term = this.terms.get(key);
    if (!term) {
      term = new Term(what, features);
      this.terms.set(key, term);
    }
    return term;
  }

  constant(value: number): Term {
    return this.make({ kind: "constant", value }, undefined);
  }

  unary(name: UnaryName | SlopeName, of: Term): Term {
    return name === "linear" ? of : this.make({ kind: "unary", name, of }, of.features);
  }

  linear(products: readonly Product[], features: number, bias?: Term): Term {
    return this.make({ kind: "linear", products, bias }, features);
  }

  binary(name: BinaryName, a: Term, b: Term): Term {
    const [x, y] = [value(a), value(b)];
    if (name === "add" && x === 0) return b;
    if ((name === "add" || name === "subtract") && y === 0) return a;
    if (name === "multiply" && x === 1) return b;
    if ((name === "multiply" || name === "divide") && y === 1) return a;
    return this.make({ kind: "binary", name, a, b }, a.features ?? b.features);
  }

  /** The sum of terms; undefined of none. */
  sum(terms: readonly Term[]): Term | undefined {
    return terms.length === 0 ? undefined : terms.reduce((a, b) => this.binary("add", a, b));
  }

  /**
   * A user's terms as terms of this maker, in the same order. Sums of products and biases become one term, as the gates
   * of a cell are computed. `drops`: the input, or the states where they are multiplied with matrices, meet keep
   * factors.
   */
  take(terms: readonly Term[], drops: Drops = { input: false, states: false }): Term[] {
    const order = inOrder(terms);
    const uses = new Map<Term, number>();
    const count = (term: Term) => uses.set(term, (uses.get(term) ?? 0) + 1);
    terms.forEach(count);
    for (const term of order) for (const part of partsOf(term)) count(part);
    const taken = new Map<Term, Term>();
    const of = (term: Term) => taken.get(term)!;
    const some = (term: Term | undefined) => term && of(term);
    const alone = (term: Term) => uses.get(term) === 1;
    for (const term of order) {
      const { what, features } = term;
      let made: Term;
      if (what.kind === "binary" && what.name === "add") {
        made = this.added(of(what.a), of(what.b), alone(what.a), alone(what.b));
      } else if (what.kind === "binary") made = this.binary(what.name, of(what.a), of(what.b));
      else if (what.kind === "unary") made = this.unary(what.name, of(what.of));
      else if (what.kind === "linear") {
        const from = (term: Term) => (drops.states && term.what.kind === "state" ? this.dropped(of(term)) : of(term));
        const products = what.products.map((product) => ({ ...product, from: from(product.from) }));
        made = this.linear(products, features!, some(what.bias));
      } else if (what.kind === "normal") {
        made = this.make({ ...what, of: of(what.of), gain: some(what.gain), shift: some(what.shift) }, features);
      } else made = this.make(what, features);
      if (drops.input && what.kind === "input") made = this.dropped(made);
      taken.set(term, made);
    }
    return terms.map(of);
  }

  private dropped(term: Term): Term {
    const { what, features } = term;
    if (what.kind !== "input" && what.kind !== "state") throw new Error(`a ${what.kind} is not dropped`);
    return this.binary("multiply", term, this.make({ kind: "kept", of: what.kind, index: what.index }, features));
  }

  private added(a: Term, b: Term, aAlone: boolean, bAlone: boolean): Term {
    const [x, y] = [a.what, b.what];
    if (x.kind === "linear" && y.kind === "linear" && aAlone && bAlone && !(x.bias && y.bias)) {
      return this.linear([...x.products, ...y.products], a.features!, x.bias ?? y.bias);
    }
    if (x.kind === "linear" && y.kind === "vector" && aAlone && !x.bias) return this.linear(x.products, a.features!, b);
    if (y.kind === "linear" && x.kind === "vector" && bAlone && !y.bias) return this.linear(y.products, b.features!, a);
    return this.binary("add", a, b);
  }
}

import type { Weight } from "../weight.ts";
import type { Derived } from "./derive.ts";
import { constant, inOrder, type Product, partsOf, type Term } from "./term.ts";

/**
 * When something is computed: for the steps of a chunk at once, since it does not depend on the states; step by step;
 * step by step on the way back; and for the chunk again, since no other step waits for it.
 */
export const phases = ["ahead", "step", "back", "after"] as const;
export type Phase = (typeof phases)[number];

/** One loop over rows, in which some terms are computed element by element and written. */
export interface Pass {
  readonly features: number;
  readonly stores: readonly Store[];
}

/** `next`: where a row is masked, its state before stays; `carried`: likewise the gradient that came in. */
export interface Store {
  readonly term: Term;
  readonly features: number;
  readonly to: "block" | { readonly kind: "next" | "carried" | "input"; readonly index: number };
}

/** Where a product goes: into the block of its term, or onto a gradient. */
export type Sum = Term | { readonly kind: "carried" | "input"; readonly index: number };

export type Instruction =
  | { readonly do: "begin"; readonly of: Term; readonly bias: Term }
  | { readonly do: "product"; readonly product: Product; readonly to: Sum; readonly accumulate: boolean }
  | { readonly do: "pass"; readonly pass: Pass }
  | { readonly do: "normal"; readonly of: Term }
  | { readonly do: "normalBack"; readonly of: Term }
  | { readonly do: "outer"; readonly weight: Weight; readonly from: Term; readonly gradient: Term }
  | { readonly do: "sums"; readonly weight: Weight; readonly gradient: Term };

export interface Schedule {
  readonly phases: Readonly<Record<Phase, readonly Instruction[]>>;
  /** Terms that lie in memory; others are computed where they are read. */
  readonly stored: ReadonlySet<Term>;
  /** Stored terms that are the state behind a step, and lie there. */
  readonly inNext: ReadonlyMap<Term, number>;
}

const cheap = new Set(["relu", "linear", "absolute", "sign", "hardSigmoid"]);

const isBarrier = ({ what }: Term): boolean => ["linear", "normal", "normalBack"].includes(what.kind);
const isElementwise = ({ what }: Term): boolean => what.kind === "unary" || what.kind === "binary";

/** Whether computing it again costs more than reading it. */
function isCostly({ what }: Term): boolean {
  if (what.kind === "binary") return what.name === "divide";
  return what.kind === "unary" && !cheap.has(what.name) && !what.name.startsWith("slope of");
}

/** Puts the computation of a step's results, and of their gradients, in order. */
export class Scheduler {
  private readonly results: readonly Term[];
  private readonly derived: Derived | undefined;
  private readonly levels = new Map<Term, number>();
  private readonly phaseOf = new Map<Term, Phase>();
  private readonly stored = new Set<Term>();
  /** Terms that depend on a gradient that comes in, and those of the way back that do not: they can be had anywhere. */
  private readonly follows = new Set<Term>();
  private readonly free = new Set<Term>();
  /** Stored, and read before the step is over. */
  private readonly early = new Set<Term>();

  constructor(results: readonly Term[], derived: Derived | undefined) {
    this.results = results;
    this.derived = derived;
  }

  schedule(): Schedule {
    this.place();
    this.choose();
    const inNext = new Map<Term, number>();
    this.results.forEach((term, index) => {
      if (this.stored.has(term) && !this.early.has(term) && isElementwise(term)) inNext.set(term, index);
    });
    const lists: Record<Phase, Instruction[]> = { ahead: [], step: [], back: [], after: [] };
    this.forward(lists, inNext);
    if (this.derived) this.backward(lists, this.derived);
    return { phases: lists, stored: this.stored, inNext };
  }

  private get gradients(): Term[] {
    if (!this.derived) return [];
    const { inputs, states, matrices, vectors, normals } = this.derived;
    return [
      ...[...inputs, ...states].flatMap(({ sum, products }) => [
        ...(sum ? [sum] : []),
        ...products.map(({ from }) => from),
      ]),
      ...matrices.map(({ gradient }) => gradient),
      ...vectors.map(({ gradient }) => gradient),
      ...normals,
    ];
  }

  /** Gives every term its phase and, within it, its level: how many barriers come before. */
  private place(): void {
    const awaited = new Set(
      inOrder(
        (this.derived?.states ?? []).flatMap(({ sum, products }) => [
          ...(sum ? [sum] : []),
          ...products.map(({ from }) => from),
        ]),
      ),
    );
    const latest = (terms: readonly Term[]): Phase =>
      phases[Math.max(0, ...terms.map((term) => phases.indexOf(this.phaseOf.get(term)!)))];
    const forward = new Set(inOrder(this.results));
    for (const term of inOrder([...this.results, ...this.gradients])) {
      const parts = partsOf(term);
      let phase = latest(parts);
      if (term.what.kind === "state") phase = "step";
      else if (term.what.kind === "incoming") phase = "back";
      else if (!forward.has(term) && isBarrier(term) && !awaited.has(term)) phase = "after";
      else if (!forward.has(term) && ["ahead", "step"].includes(phase)) phase = "back";
      if (term.what.kind === "incoming" || parts.some((part) => this.follows.has(part))) this.follows.add(term);
      else if (!forward.has(term)) this.free.add(term);
      this.phaseOf.set(term, phase);
      const level = parts.map((part) => (this.phaseOf.get(part) === phase ? this.levels.get(part)! : 0));
      this.levels.set(term, Math.max(0, ...level) + (isBarrier(term) ? 1 : 0));
    }
  }

  private before(a: Term, b: Term): boolean {
    const [first, second] = [a, b].map((term) => phases.indexOf(this.phaseOf.get(term)!));
    return first < second || (first === second && this.levels.get(a)! < this.levels.get(b)!);
  }

  private store(term: Term, early: boolean): void {
    if (!isElementwise(term) && !isBarrier(term)) return;
    if (early) this.early.add(term);
    if (this.stored.has(term)) return;
    this.stored.add(term);
    const { what } = term;
    const parts = what.kind === "normalBack" ? [...partsOf(what.normal), what.gradient] : partsOf(term);
    for (const part of parts) this.read(part, term, isBarrier(term));
  }

  private readonly seen = new Map<Term, Set<Term>>();

  /** `term` is read where `reader` is computed; `whole`: as a matrix in memory. */
  private read(term: Term, reader: Term, whole: boolean): void {
    const forward = ["ahead", "step"].includes(this.phaseOf.get(reader)!);
    if (whole || isBarrier(term)) {
      this.store(term, forward);
      return;
    }
    if (!isElementwise(term)) return;
    const waits = this.phaseOf.get(reader) === "after" && this.phaseOf.get(term) === "back" && this.follows.has(term);
    if (waits || (isCostly(term) && !this.free.has(term) && this.before(term, reader))) {
      this.store(term, forward);
      return;
    }
    if (this.stored.has(term) && this.before(term, reader)) {
      if (forward) this.early.add(term);
      return;
    }
    const seen = this.seen.get(reader) ?? new Set();
    this.seen.set(reader, seen);
    if (seen.has(term)) return;
    seen.add(term);
    for (const part of partsOf(term)) this.read(part, reader, false);
  }

  /** Chooses what is written to memory. */
  private choose(): void {
    const last = this.lastOf(this.results);
    for (const term of this.results) {
      if (isBarrier(term) || (isCostly(term) && this.before(term, last))) this.store(term, true);
      else for (const part of partsOf(term)) this.read(part, last, false);
    }
    if (!this.derived) return;
    const { inputs, states, matrices, vectors, normals } = this.derived;
    for (const { from, gradient } of matrices) {
      this.store(from, false);
      this.store(gradient, false);
    }
    for (const { gradient } of vectors) this.store(gradient, false);
    for (const term of normals) this.store(term, false);
    for (const { sum, products } of [...inputs, ...states]) {
      for (const { from } of products) this.store(from, false);
      if (sum && isBarrier(sum)) this.store(sum, false);
      else if (sum) for (const part of partsOf(sum)) this.read(part, sum, false);
    }
  }

  private lastOf(terms: readonly Term[]): Term {
    return terms.reduce((a, b) => (this.before(a, b) ? b : a));
  }

  private atLevels(terms: readonly Term[], phase: Phase): Term[][] {
    const found: Term[][] = [];
    for (const term of terms) {
      if (this.phaseOf.get(term) !== phase) continue;
      const level = this.levels.get(term)!;
      found[level] = [...(found[level] ?? []), term];
    }
    return Array.from(found, (terms) => terms ?? []);
  }

  /**
   * The stored terms of a phase, level by level: barriers, then what is computed element by element. `last` is written
   * together with the last level, or behind it.
   */
  private write(
    list: Instruction[],
    terms: readonly Term[],
    phase: Phase,
    barrier: (term: Term) => void,
    last: readonly Store[] = [],
  ): void {
    const levels = this.atLevels(terms, phase);
    const end = Math.max(1, levels.length) - 1;
    for (let level = 0; level <= end; level++) {
      const some = levels[level] ?? [];
      some.filter(isBarrier).forEach(barrier);
      const stores = some.filter(isElementwise).map((term): Store => ({ term, features: term.features!, to: "block" }));
      list.push(...passes([...stores, ...(level === end ? last : [])]));
    }
  }

  private forward(lists: Record<Phase, Instruction[]>, inNext: ReadonlyMap<Term, number>): void {
    const { ahead, step } = lists;
    const terms = inOrder(this.results).filter((term) => this.stored.has(term) && !inNext.has(term));
    const isAhead = ({ from }: Product) => this.phaseOf.get(from) === "ahead";
    /** What a sum has from ahead: its bias, and products of what does not depend on the states. */
    const begin = (term: Term): void => {
      const { what } = term;
      if (what.kind !== "linear") return;
      if (what.bias) ahead.push({ do: "begin", of: term, bias: what.bias });
      what.products.filter(isAhead).forEach((product, i) => {
        ahead.push({ do: "product", product, to: term, accumulate: i > 0 || what.bias !== undefined });
      });
    };
    this.write(ahead, terms, "ahead", (term) => {
      if (term.what.kind === "normal") ahead.push({ do: "normal", of: term });
      else begin(term);
    });
    for (const term of terms) if (this.phaseOf.get(term) === "step") begin(term);
    const barrier = (term: Term) => {
      const { what } = term;
      if (what.kind === "normal") step.push({ do: "normal", of: term });
      if (what.kind !== "linear") return;
      const late = what.products.filter((product) => !isAhead(product));
      const begun = late.length < what.products.length || what.bias !== undefined;
      late.forEach((product, i) => {
        step.push({ do: "product", product, to: term, accumulate: begun || i > 0 });
      });
    };
    const next = this.results.map(
      (term, index): Store => ({ term, features: term.features!, to: { kind: "next", index } }),
    );
    this.write(step, terms, "step", barrier, next);
  }

  private backward(lists: Record<Phase, Instruction[]>, derived: Derived): void {
    const { back, after } = lists;
    const { inputs, states, matrices, vectors } = derived;
    const forward = new Set(inOrder(this.results));
    const terms = inOrder(this.gradients).filter((term) => this.stored.has(term) && !forward.has(term));
    const barrier = (list: Instruction[]) => (term: Term) => {
      const { what } = term;
      if (what.kind === "normalBack") list.push({ do: "normalBack", of: term });
      if (what.kind !== "linear") return;
      what.products.forEach((product, i) => {
        list.push({ do: "product", product, to: term, accumulate: i > 0 });
      });
    };
    const zero = constant(0);
    const carried = states.map(
      ({ sum = zero }, index): Store => ({
        term: sum,
        features: this.results[index].features!,
        to: { kind: "carried", index },
      }),
    );
    const toInputs = (phase: Phase) =>
      inputs.flatMap(({ sum }, index): Store[] => {
        if (!sum || this.phaseOf.get(sum) !== phase) return [];
        return [{ term: sum, features: sum.features!, to: { kind: "input", index } }];
      });
    this.write(back, terms, "back", barrier(back), [...toInputs("back"), ...carried]);
    states.forEach(({ products }, index) => {
      for (const product of products) {
        back.push({ do: "product", product, to: { kind: "carried", index }, accumulate: true });
      }
    });
    this.write(after, terms, "after", barrier(after), toInputs("after"));
    inputs.forEach(({ sum, products }, index) => {
      products.forEach((product, i) => {
        const accumulate = i > 0 || sum !== undefined;
        after.push({ do: "product", product, to: { kind: "input", index }, accumulate });
      });
    });
    for (const { weight, from, gradient } of matrices) after.push({ do: "outer", weight, from, gradient });
    for (const { weight, gradient } of vectors) after.push({ do: "sums", weight, gradient });
  }
}

/** Stores that go through the same rows side by side. */
function passes(stores: readonly Store[]): Instruction[] {
  const widths = new Set(stores.map(({ features }) => features));
  return [...widths].map((features) => ({
    do: "pass",
    pass: { features, stores: stores.filter((store) => store.features === features) },
  }));
}

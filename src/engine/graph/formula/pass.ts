import { eachRow, flush, padded, tailMask, vectors } from "../../kernels/index.ts";
import { F32x4, type Fn, type FunctionRef, I32, I32x4, type Module } from "../../wasm/index.ts";
import { Evaluation, isMade } from "./evaluation.ts";
import type { Pass, Schedule, Store } from "./schedule.ts";
import { partsOf, type Term } from "./term.ts";

/** Where rows of something lie: a name for its address, the distance from row to row in floats, bytes into a row. */
export interface Rows {
  readonly base: string;
  readonly stride: number;
  readonly offset: number;
}

type Stored = Pick<Schedule, "stored" | "inNext">;

/** Whether a pass computes a term, rather than reading it from memory. */
function makes({ stores }: Pass, { stored, inNext }: Stored): (term: Term) => boolean {
  const own = new Set(stores.filter(({ to }) => to === "block").map(({ term }) => term));
  const writesNext = stores.some(({ to }) => to !== "block" && to.kind === "next");
  return (term) => isMade(term) && (!stored.has(term) || own.has(term) || (writesNext && inNext.has(term)));
}

/** The terms that a pass reads from memory. */
export function loadsOf(pass: Pass, stored: Stored): Term[] {
  const made = makes(pass, stored);
  const found = new Set<Term>();
  const seen = new Set<Term>();
  const visit = (term: Term) => {
    if (seen.has(term)) return;
    seen.add(term);
    if (made(term)) partsOf(term).forEach(visit);
    else if (term.what.kind !== "constant") found.add(term);
  };
  for (const { term } of pass.stores) visit(term);
  return [...found];
}

export interface PassCode {
  readonly pass: Pass;
  readonly stored: Stored;
  rowsOf(term: Term): Rows;
  rowsTo(store: Store): Rows;
  /** Gradients that are added to what is there. */
  adds(store: Store): boolean;
  /** Rows carry a mask. */
  readonly masked: boolean;
  /** Values below 1e-30 become zero: they are gradients. States do so always. */
  readonly flushes: boolean;
}

/** The loop of a pass, and the addresses that it is called with, by name; the mask's first and the rows' number last. */
export function writePass(module: Module, code: PassCode): { kernel: FunctionRef; bases: readonly string[] } {
  const { pass, masked, stored } = code;
  const loads = loadsOf(pass, stored);
  const places = [...loads.map((term) => code.rowsOf(term)), ...pass.stores.map((store) => code.rowsTo(store))];
  const old = pass.stores.flatMap(({ to }) =>
    masked && to !== "block" && to.kind === "next" ? [`state ${to.index}`] : [],
  );
  const strides = new Map(places.map(({ base, stride }) => [base, stride]));
  for (const store of pass.stores) {
    if (store.to !== "block" && store.to.kind === "next")
      strides.set(`state ${store.to.index}`, code.rowsTo(store).stride);
  }
  const bases = [...new Set([...places.map(({ base }) => base), ...old])];
  const parameters = [I32, ...bases.map(() => I32), I32];
  const kernel = module.function(nameOf(code, loads, bases, strides), parameters, (fn, mask, ...rest) => {
    const rows = rest.pop()!;
    const pointers = [[mask, 1], ...bases.map((base, i) => [rest[i], strides.get(base)!])] as const;
    eachRow(fn, rows, pointers as readonly (readonly [I32, number])[], (maskRow, ...at) => {
      const alive = masked ? fn.let(I32x4.loadSplat(maskRow)) : undefined;
      const rowOf = (base: string) => at[bases.indexOf(base)];
      writeRow(fn, code, rowOf, alive);
    });
    return undefined;
  });
  return { kernel, bases };
}

function writeRow(fn: Fn, code: PassCode, rowOf: (base: string) => I32, alive: I32x4 | undefined): void {
  const { features } = code.pass;
  const whole = features - (features % 4);
  const at = (byte: I32, tail?: I32x4) => writeVector(fn, code, { rowOf, alive, byte, tail });
  vectors(fn, whole, (byte) => at(byte));
  if (whole < features) at(I32.of(4 * whole), tailMask(features, whole / 4));
  // Pads stay zero: products read those of gradients.
  for (let v = 4 * Math.ceil(features / 4); v < padded(features); v += 4) {
    for (const store of code.pass.stores) {
      const { base, offset } = code.rowsTo(store);
      if (!code.adds(store)) fn.store(rowOf(base), F32x4.splat(0), offset + 4 * v);
    }
  }
}

interface Vector {
  readonly rowOf: (base: string) => I32;
  readonly alive: I32x4 | undefined;
  readonly byte: I32;
  readonly tail: I32x4 | undefined;
}

function writeVector(fn: Fn, code: PassCode, { rowOf, alive, byte, tail }: Vector): void {
  const { pass } = code;
  const isInline = makes(pass, code.stored);
  const own = new Set(pass.stores.map(({ term }) => term));
  const addresses = new Map<string, I32>();
  const address = (base: string): I32 => {
    let found = addresses.get(base);
    if (!found) {
      found = byte.known === undefined ? fn.let(rowOf(base).add(byte)) : rowOf(base);
      addresses.set(base, found);
    }
    return found;
  };
  const load = ({ base, offset }: Rows) => F32x4.load(address(base), offset + (byte.known ?? 0));
  const evaluation = new Evaluation(
    fn,
    (term) => {
      if (isInline(term)) return undefined;
      const loaded = load(code.rowsOf(term));
      return term.what.kind === "incoming" && alive ? alive.keep(loaded) : loaded;
    },
    (term) => isInline(term) && !own.has(term),
  );
  // All is computed before anything is written, since blocks are used again.
  const results = pass.stores.map((store) => {
    const { term, to } = store;
    let result = evaluation.value(term);
    if (code.flushes || (to !== "block" && to.kind === "next")) result = fn.let(flush(fn, result));
    if (tail) result = fn.let(tail.keep(result));
    if (to === "block") return result;
    if (alive && to.kind === "next") {
      return fn.let(alive.select(result, load({ ...code.rowsTo(store), base: `state ${to.index}` })));
    }
    if (alive && to.kind === "carried") return fn.let(alive.select(result, load(code.rowsTo(store))));
    return code.adds(store) ? fn.let(load(code.rowsTo(store)).add(result)) : result;
  });
  pass.stores.forEach((store, i) => {
    const { base, offset } = code.rowsTo(store);
    fn.store(address(base), results[i], offset + (byte.known ?? 0));
  });
}

/** A name that says all that the loop depends on. */
function nameOf(
  code: PassCode,
  loads: readonly Term[],
  bases: readonly string[],
  strides: ReadonlyMap<string, number>,
): string {
  const numbers = new Map<Term, string>();
  const parts: string[] = [];
  for (const term of loads) {
    const { base, offset } = code.rowsOf(term);
    numbers.set(term, `${bases.indexOf(base)}+${offset}${term.what.kind === "incoming" ? "i" : ""}`);
  }
  const name = (term: Term): string => {
    const found = numbers.get(term);
    if (found) return found;
    const { what } = term;
    if (what.kind === "constant") return `c${what.value}${Object.is(what.value, -0)}`;
    const made =
      what.kind === "unary"
        ? `${what.name}(${name(what.of)})`
        : what.kind === "binary"
          ? `${what.name}(${name(what.a)},${name(what.b)})`
          : what.kind;
    const short = `t${parts.length}`;
    parts.push(`${short}=${made}`);
    numbers.set(term, short);
    return short;
  };
  for (const store of code.pass.stores) {
    const { base, offset } = code.rowsTo(store);
    const to = store.to === "block" ? "b" : `${store.to.kind}${code.adds(store) ? "+" : ""}`;
    parts.push(`${name(store.term)}>${bases.indexOf(base)}+${offset}${to}`);
  }
  const widths = bases.map((base) => strides.get(base)).join(" ");
  return `formula ${code.pass.features} ${code.masked} ${code.flushes} [${widths}] ${parts.join(";")}`;
}

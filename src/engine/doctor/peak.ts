// What the machine gives: a loop of nothing but multiply-adds, and beside it the matrix product that programs use.

import { padded, product, stride } from "../kernels/index.ts";
import { usesWide } from "../runtime/experimental.ts";
import { awaited } from "../runtime/host.ts";
import { newMemory } from "../runtime/memory.ts";
import { currentTeam } from "../runtime/threads.ts";
import { F32x4, features, I32, Module, type Target } from "../wasm/index.ts";

export interface Speed {
  readonly threads: number;
  /** GFLOP/s, a multiply-add being two operations; the best of some calls. */
  readonly multiplyAdd: number;
  readonly products: readonly { readonly shape: string; readonly gflops: number }[];
}

interface Probe {
  readonly code: Uint8Array<ArrayBuffer>;
  /** Operations of one call, on each thread. */
  readonly operations: number;
}

/** Bytes that one thread works on. */
const REGION = 1 << 21;
/** No program of a model has such a number. */
let nextProgram = -1;

/** As many sums as hide the latency of a multiply-add and still fit the registers. */
function multiplyAddProbe(target: Target, shared: boolean): Probe {
  const [rounds, count] = [1 << 22, target.wide ? 16 : 10];
  const module = new Module(target, { shared });
  module.function(
    "run",
    [I32, I32],
    (fn, thread) => {
      const at = fn.let(thread.mul(REGION));
      const sums = Array.from({ length: count }, (_, i) => fn.variable(F32x4, F32x4.load(at, 16 * i)));
      fn.loop(0, rounds, 1, () => {
        for (const sum of sums) sum.set(sum.get.mulAdd(fn.splat(0.5), fn.splat(1)));
      });
      sums.forEach((sum, i) => {
        fn.store(at, sum.get, 16 * i);
      });
      return undefined;
    },
    { export: true },
  );
  return { code: module.finish(), operations: rounds * count * 8 };
}

interface ProductSize {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/** The product of a GRU of 128 units on a batch of 64, and one that fits no tile. */
const sizes: readonly ProductSize[] = [
  { rows: 64, inner: 128, columns: 384 },
  { rows: 37, inner: 96, columns: 450 },
];

function productProbe(target: Target, shared: boolean, { rows, inner, columns }: ProductSize): Probe {
  const once = 2 * rows * inner * padded(columns);
  const repeats = Math.ceil(2e8 / once);
  const module = new Module(target, { shared });
  const [strideA, strideC] = [stride(inner), stride(columns)];
  const shape = { inner, columns: padded(columns), strideA, strideC, accumulate: false };
  const kernel = product(module, shape);
  module.function(
    "run",
    [I32, I32],
    (fn, thread) => {
      const a = fn.let(thread.mul(REGION));
      const b = fn.let(a.add(REGION / 4));
      const c = fn.let(a.add(REGION / 2));
      fn.loop(0, repeats, 1, () => fn.call(kernel, a, b, c, I32.of(rows)));
      return undefined;
    },
    { export: true },
  );
  return { code: module.finish(), operations: repeats * once };
}

/**
 * Measures this process's threads, `threads` of them at once, each probe for about `milliseconds`. What else runs on
 * the machine lowers the figures; best of several short calls, they come close to a quiet machine's. The probes take
 * turns, so that it lowers them alike.
 */
export async function measureSpeed(threads: number, milliseconds = 250): Promise<Speed> {
  const team = currentTeam();
  const memory = newMemory(team);
  const shared = memory.shared !== undefined;
  const target: Target = { fma: features().fma, wide: usesWide() };
  memory.introduce(team);
  memory.reserve(threads * REGION);
  memory.write(0, new Float32Array((threads * REGION) / 4).fill(1 / 128));
  const probes = [multiplyAddProbe(target, shared), ...sizes.map((size) => productProbe(target, shared, size))].map(
    (probe) => ({ ...probe, program: nextProgram--, best: Number.POSITIVE_INFINITY }),
  );
  try {
    for (const { program, code } of probes) {
      team.tell({ do: "program", program, memory: memory.id, module: await awaited(WebAssembly.compile(code)) });
    }
    // V8 optimises while a program runs for the first times.
    const end = performance.now() + milliseconds * probes.length;
    for (let calls = 0; calls < 5 || performance.now() < end; calls++) {
      for (const probe of probes) {
        const start = performance.now();
        await team.run([{ program: probe.program, next: 0 }], threads, memory.shared);
        probe.best = Math.min(probe.best, performance.now() - start);
      }
    }
    const [multiplyAdd, ...products] = probes.map(({ operations, best }) => (threads * operations) / best / 1e6);
    const shapeOf = ({ rows, inner, columns }: ProductSize) => `${rows} x ${inner} x ${columns}`;
    return {
      threads,
      multiplyAdd,
      products: sizes.map((size, i) => ({ shape: shapeOf(size), gflops: products[i] })),
    };
  } finally {
    team.tell({ do: "forget", memory: memory.id, programs: probes.map(({ program }) => program) });
    memory.release();
  }
}

import { gruStep, gruStepBackward, outer, product, type UpdateRule, update } from "../kernels/index.ts";
import { I32, Module } from "../wasm/index.ts";

const ROWS = 17;
const UNITS = 40;
const FLOATS = 1 << 14;
const BYTES = 4 * FLOATS;

/**
 * A module that runs the kernels which matter over regions of one memory, each of `BYTES`; `wide` for registers of 256
 * bits. Inner lengths, rows and panels leave a rest in every tile.
 */
function writeModule(wide: boolean): Uint8Array<ArrayBuffer> {
  const module = new Module({ fma: true, wide }, { shared: false });
  const cell = { units: UNITS, activation: "tanh", recurrentActivation: "sigmoid", masked: false } as const;
  const rule: UpdateRule = { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false };
  module.function(
    "run",
    [],
    (fn) => {
      const region = (index: number) => I32.of(index * BYTES);
      const rows = I32.of(ROWS);
      for (const columns of [8, 24, 120]) {
        const shape = { inner: 33, columns, strideA: 40, strideC: 176, accumulate: true };
        fn.call(product(module, shape), region(0), region(1), region(2), rows);
        const gradient = { inner: 33, columns, strideA: 40, strideG: 176 };
        fn.call(outer(module, gradient), region(0), region(2), region(3), rows);
      }
      fn.call(gruStep(module, cell), region(2), region(0), region(4), I32.of(0), rows);
      fn.call(gruStepBackward(module, cell), region(2), region(0), region(4), I32.of(0), rows);
      const options = { slotBytes: BYTES / 2, scaled: false, decays: false };
      const words = [3, 2, 5, 0, 0].map(region);
      fn.call(update(module, rule, options), ...words, I32.of(BYTES / 2));
      return undefined;
    },
    { export: true },
  );
  return module.finish();
}

function run(code: Uint8Array<ArrayBuffer>): Uint32Array {
  const memory = new WebAssembly.Memory({ initial: (6 * BYTES) / 65536, maximum: 65536 });
  const numbers = new Float32Array(memory.buffer);
  // Any positive numbers will do, if neither too large nor all alike.
  for (let i = 0; i < numbers.length; i++) numbers[i] = ((i * 7919) % 2003) / 2003;
  const instance = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } });
  (instance.exports.run as () => void)();
  return new Uint32Array(memory.buffer);
}

/**
 * Whether the wide kernels, optimised by V8 with its revectorizer, give the bits of the plain ones. `optimised` keeps
 * V8's baseline compiler out, whose code is not revectorized.
 */
export function wideMatchesPlain(optimised: (work: () => Uint32Array) => Uint32Array): boolean {
  const plain = run(writeModule(false));
  try {
    const wide = optimised(() => run(writeModule(true)));
    return plain.every((word, i) => word === wide[i]);
  } catch {
    return false;
  }
}

// Random numbers from a counter: the value at (seed, stream, step, element) depends on nothing else, so that any part
// of a run can be repeated, resumed or dealt to threads. The kernels compute the same bits four lanes at a time.

/** A bijective mixing of 32 bits (two multiplications, three shifts), with low bias between input and output bits. */
export const mix = (x: number): number => mixed(x) >>> 0;

/** The same bits with a sign: engines keep such a number in a register, and make an object of a larger one. */
function mixed(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

/**
 * What stands for a seed and a stream. Step and element come in later: first = mix(inner + step), second =
 * mix(first ^ low), and element e has the bits mix(mix(e + first) ^ second).
 */
export function key(seed: number, streamId: number): { inner: number; low: number } {
  const low = mix((seed >>> 0) ^ 0x9e3779b9);
  const high = mix((Math.floor(seed / 4294967296) >>> 0) ^ low ^ 0x85ebca6b);
  return { inner: mix((high + streamId) >>> 0), low: (low ^ 0xc2b2ae35) >>> 0 };
}

/** A source of numbers for one (seed, stream, step). */
export interface Random {
  /** The two words from which all its numbers follow: element e has the bits mix(mix(e + first) ^ second). */
  readonly words: readonly [first: number, second: number];
  /** 32 random bits. */
  bits(element: number): number;
  /** Uniform on [0, 1), a multiple of 2^-24, exact in float32. */
  uniform(element: number): number;
  /** Uniform whole number in [0, below). */
  below(element: number, below: number): number;
}

/**
 * @example
 * const r = random(0, stream.data);
 * r.uniform(5) === random(0, stream.data).uniform(5); // true
 */
export function random(seed: number, streamId: number, step = 0): Random {
  const { inner, low } = key(seed, streamId);
  const first = mix((inner + step) >>> 0);
  const second = mix((first ^ low) >>> 0);
  const bits = (element: number) => mixed(mixed(element + first) ^ second);
  const uniform = (element: number) => (bits(element) >>> 8) / 16777216;
  return {
    words: [first, second],
    bits: (element) => bits(element) >>> 0,
    uniform,
    below: (element, below) => Math.floor(((bits(element) >>> 0) / 4294967296) * below),
  };
}

/** The whole numbers from 0 to length - 1 in random order (Fisher and Yates). */
export function permutation(length: number, source: Random): Uint32Array {
  // Plain loops: every epoch of a training begins with this.
  const order = new Uint32Array(length);
  for (let i = 0; i < length; i++) order[i] = i;
  for (let i = length - 1; i > 0; i--) {
    const j = source.below(i, i + 1);
    const last = order[i];
    order[i] = order[j];
    order[j] = last;
  }
  return order;
}

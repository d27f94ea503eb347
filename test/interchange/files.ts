import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { GruvyError, type Tensor } from "../../src/base/index.ts";
import { decodeNpz } from "../../src/storage/foreign.ts";
import { toFloat32Tensor, toTensor } from "../../src/storage/index.ts";

/** A file that Keras wrote; see scripts/golden/keras_files.py. */
export const kerasFile = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../golden/keras-files/${name}`, import.meta.url)));

/** What Keras was given and answered. */
export async function samples(name: string): Promise<{ x: Tensor; y: Tensor }> {
  const arrays = await decodeNpz(kerasFile(name));
  return { x: toTensor(arrays.get("x")!, "x"), y: toFloat32Tensor(arrays.get("y")!, "y") };
}

export function expectClose(found: Tensor, expected: Tensor, tolerance = 1e-6): void {
  expect(found.shape).toEqual(expected.shape);
  found.data.forEach((value, i) => {
    if (Math.abs(value - expected.data[i]) > tolerance) expect.unreachable(`${i}: ${value} for ${expected.data[i]}`);
  });
}

/** The error that a promise ends with, which must be one of ours. */
export async function errorOf(promise: Promise<unknown>): Promise<GruvyError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof GruvyError) return error;
    throw error;
  }
  return expect.unreachable("it was accepted");
}

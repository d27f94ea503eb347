import { expect, test } from "vitest";
import { isBatchStream, isDataset } from "./dataset.ts";
import { tensor } from "./tensor.ts";

test("a data set has inputs; a stream can be iterated and is no array", () => {
  const dataset = { x: tensor([[1]]) };
  async function* asyncStream() {
    yield dataset;
  }
  expect(isDataset(dataset)).toBe(true);
  for (const other of [undefined, null, 1, "x", [], {}]) expect(isDataset(other)).toBe(false);
  expect(isBatchStream(asyncStream())).toBe(true);
  expect(isBatchStream(new Set([dataset]))).toBe(true);
  for (const other of [undefined, null, "text", [dataset], new Float32Array(2), dataset]) {
    expect(isBatchStream(other)).toBe(false);
  }
});

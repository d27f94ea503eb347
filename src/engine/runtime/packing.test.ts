import { expect, it } from "vitest";
import { stateWeight } from "../graph/weight.ts";
import { Reader } from "./packing.ts";

it("weights are copied by way of one place, unless they are large", async () => {
  const places: (ArrayBufferLike | undefined)[] = [];
  const memory = {
    async readState(_: number, bytes: number, into?: Uint8Array) {
      const copy = into?.length === bytes ? into : new Uint8Array(bytes);
      places.push(copy === into ? copy.buffer : undefined);
      new Float32Array(copy.buffer, copy.byteOffset, 1)[0] = places.length;
      return copy;
    },
  };
  const reader = new Reader();
  const read = async (floats: number) => (await reader.read(memory, stateWeight("state", 1, floats), 0))[0];
  expect([await read(64), await read(32), await read(2 ** 21), await read(16)]).toEqual([1, 2, 3, 4]);
  expect(places).toEqual([places[0], places[0], undefined, places[0]]);
  expect(places[1]).toBe(places[0]);
  expect(places[0]).toBeDefined();
});

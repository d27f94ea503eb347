import { describe, expect, it } from "vitest";
import { builtIns, isBuiltIn, openBuiltIn } from "./built-in.ts";

describe("built-in data", () => {
  it.each(builtIns.filter(({ size }) => size === 0))(
    "$name has the kind and rows it is listed with",
    async (builtIn) => {
      const data = await openBuiltIn(builtIn.name);
      expect(isBuiltIn(builtIn.name)).toBe(true);
      expect(data).toMatchObject({ name: builtIn.name, kind: builtIn.kind });
      const rows =
        data.kind === "series"
          ? data.values.length
          : data.kind === "sequences"
            ? data.train.x.shape[0] + data.test!.x.shape[0]
            : 0;
      expect(rows).toBe(builtIn.rows);
    },
  );

  it("passes options on", async () => {
    const data = await openBuiltIn("adding", { length: 7, rows: 10, seed: 3 });
    expect(data).toMatchObject({ train: { x: { shape: [8, 7, 2] } } });
    expect(await openBuiltIn("sine", { seed: 3 })).toEqual(await openBuiltIn("sine"));
  });

  it("refuses names there are not, and options without a use", async () => {
    await expect(openBuiltIn("airline")).rejects.toThrow(
      expect.objectContaining({ code: "usage/unknown-data", message: expect.stringContaining("airline-passengers") }),
    );
    await expect(openBuiltIn("sine", { length: 5 })).rejects.toThrow(/length \(--length\) does not go with sine/);
    await expect(openBuiltIn("imdb", { rows: 5 })).rejects.toThrow(/rows .* does not go with imdb/);
    await expect(openBuiltIn("reber", { path: "x" })).rejects.toThrow(/path .* does not go with reber/);
    expect(isBuiltIn("__proto__")).toBe(false);
  });
});

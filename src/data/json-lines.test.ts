import { describe, expect, it } from "vitest";
import { parseJsonLines } from "./json-lines.ts";
import { refused } from "./refused.twin.ts";
import type { Table } from "./table.ts";

const parse = (text: string, options = {}): Promise<Table> => parseJsonLines(text, { source: "r.jsonl", ...options });

describe("parseJsonLines", () => {
  it("reads an object a line", async () => {
    const table = await parse('{"text": "good: \\"so, so\\"", "label": 1}\r\n\n{"label": 0, "text": "bad \\\\"}');
    expect(table.names).toEqual(["text", "label"]);
    expect(table.column("text").values).toEqual(['good: "so, so"', "bad \\"]);
    expect(table.column("label").values).toEqual(["1", "0"]);
    expect(table.where(1)).toBe("Row 3 of r.jsonl");
  });

  it("keeps numbers as they are written, and takes null for missing", async () => {
    const table = await parse('{"a": 12345678901234567890, "b" : -1.50e3 ,"c":true,"d":null,"e":""}');
    expect(table.columns.map((column) => column.at(0))).toEqual(["12345678901234567890", "-1.50e3", "true", "", ""]);
  });

  it("takes the keys of the first rows together; what a row lacks is missing", async () => {
    const table = await parse('{"a": 1}\n{"b": "x", "a": 2}\n{}\n');
    expect(table.names).toEqual(["a", "b"]);
    expect(table.column("b").values).toEqual(["", "x", ""]);
    expect(table.column("b").missing).toBe(2);
  });

  it("refuses a key that only a late row has", async () => {
    const error = await refused(() => parse(`${'{"a": 1}\n'.repeat(1500)}{"b": 2}\n`));
    expect(error.code).toBe("data/new-key");
    expect(error.message).toContain('Row 1501 of r.jsonl has the key "b"');
  });

  it.each([
    ['{"a": 1}\n{"a": [1, 2]}', 'Row 2 of r.jsonl: expected text or a number under "a", found an array'],
    ['{"a": {"b": 1}}', 'Row 1 of r.jsonl: expected text or a number under "a", found an object'],
    ['{"a": 1, "a": 2}', 'Row 1 of r.jsonl has the key "a" twice'],
    ['{"a": "x", "b": 1, "\\u0061": "y"}', 'Row 1 of r.jsonl has the key "a" twice'],
    ['{"__proto__": 1, "__proto__": 2}', 'Row 1 of r.jsonl has the key "__proto__" twice'],
    ['{"a": 1}\n{"a": ', 'Row 2 of r.jsonl is not JSON: found "{\\"a\\":"'],
    ["{a: 1}", "Row 1 of r.jsonl is not JSON"],
    ['{"a": NaN}', "Row 1 of r.jsonl is not JSON"],
    ["5", "Row 1 of r.jsonl: expected an object, found 5"],
    ["null", "Row 1 of r.jsonl: expected an object, found null"],
    ['[{"a": 1}]', "Write one object a line, without brackets around them"],
    ['[\n{"a": 1},\n]', "without brackets around them"],
    ['{"a": "\\ud800"}', "half of a surrogate pair"],
  ])("refuses %j", async (text, message) => {
    expect((await refused(() => parse(text))).message).toContain(message);
  });

  it.each(["", "\n\n", "{}\n{}"])("refuses %j as empty", async (text) => {
    expect((await refused(() => parse(text))).code).toBe("data/empty");
  });

  it("is safe from names that objects have", async () => {
    const table = await parse('{"__proto__": {"a": 1}}').catch(() => parse('{"__proto__": "x", "constructor": 1}'));
    expect(table.column("__proto__").values).toEqual(["x"]);
    expect(table.column("constructor").values).toEqual(["1"]);
    expect(({} as { a?: number }).a).toBeUndefined();
  });

  it("survives deep nesting and huge numbers", async () => {
    expect((await refused(() => parse(`{"a": ${"[".repeat(100_000)}`))).code).toBe("data/json");
    expect((await refused(() => parse(`{"a": ${"[".repeat(100_000)}${"]".repeat(100_000)}}`))).code).toBe("data/json");
    const table = await parse('{"a": 1e999}');
    expect((await refused(() => table.column("a").numbers())).code).toBe("data/not-finite");
  });

  it("refuses rows that would ask for far more fields than they hold", async () => {
    const wide = `{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":0`).join(",")}}\n`;
    expect((await refused(() => parse(wide + "{}\n".repeat(5000)))).code).toBe("data/sparse");
    const each = Array.from({ length: 150_000 }, (_, i) => `{"k${i}":0}`).join("\n");
    expect(["data/sparse", "data/too-many-columns", "data/new-key"]).toContain((await refused(() => parse(each))).code);
  });

  it("refuses a line of more than 16 MiB", async () => {
    const piece = new Uint8Array(1 << 17).fill(97);
    function* endless(): Generator<Uint8Array> {
      for (;;) yield piece;
    }
    expect((await refused(() => parseJsonLines(endless()))).code).toBe("data/row-too-long");
  });

  it("gives the same rows wherever the input is split", async () => {
    const bytes = new TextEncoder().encode('{"a": "ü€𝄞", "b": 1}\r\n\n{"a": "\\n", "b": 2}\n{"b": 3}');
    const whole = await parse(new TextDecoder().decode(bytes));
    for (let cut = 0; cut <= bytes.length; cut++) {
      const table = await parseJsonLines([bytes.subarray(0, cut), bytes.subarray(cut)], { source: "r.jsonl" });
      expect(table.columns.map(({ values }) => values)).toEqual(whole.columns.map(({ values }) => values));
    }
  });
});

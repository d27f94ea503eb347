// The library in a process that may open nothing but the program and its input, and in one that can make no code of texts: it
// trains, and reads every file of Keras that there is here, with the same results.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { built } from "../cli/gruvy.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const program = `
  import { readFileSync, readdirSync } from "node:fs";
  const root = ${JSON.stringify(root)};
  const { adam, dense, gru, input, sequential } = await import(root + "dist/index.js");
  const { encodeKeras, loadKeras, loadKerasWeights } = await import(root + "dist/interchange/index.js");
  const attempt = async (call) => {
    try { return await call(); } catch (error) { return error?.code ?? String(error); }
  };
  const found = {};
  found.outside = await attempt(() => readFileSync("/etc/passwd").length > 0);
  found.code = await attempt(() => new Function("return 1")());
  const model = sequential([input({ shape: [null, 2] }), gru({ units: 3 }), dense({ units: 1 })], { seed: 1 });
  model.compile({ optimizer: adam(), loss: "meanSquaredError" });
  const x = Array.from({ length: 9 }, (_, i) => [[i, 1], [i / 2, 0]]);
  const { history } = await model.fit(x, x.map(([[i]]) => [i]), { epochs: 2, batchSize: 4 });
  const bytes = await encodeKeras(model);
  const again = await loadKeras(bytes, { onWarning() {} });
  found.trained = [history, (await again.predict(x)).toArray(), WebAssembly.validate(await model.toWasm())];
  const folder = root + "test/golden/keras-files/";
  for (const name of readdirSync(folder).filter((name) => /\\.(keras|h5)$/.test(name))) {
    const file = new Uint8Array(readFileSync(folder + name));
    found[name] = await attempt(async () => {
      if (!name.endsWith(".weights.h5")) return (await loadKeras(file, { onWarning() {} })).countParams();
      const small = sequential([input({ shape: [2] }), dense({ units: 1 })]);
      await loadKerasWeights(small, file);
      return (await small.getWeights()).map((weight) => weight.toArray());
    });
  }
  console.log(JSON.stringify(found));
`;

async function run(...flags: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--no-warnings", ...flags, "--input-type=module", "-e", program],
    { maxBuffer: 2 ** 26 },
  );
  return JSON.parse(stdout.trim().split("\n").at(-1) as string);
}

const permission = process.allowedNodeEnvironmentFlags.has("--permission")
  ? "--permission"
  : "--experimental-permission";
let free: Record<string, unknown>;
let confined: Record<string, unknown>;
beforeAll(async () => {
  built();
  const few = [permission, "--allow-worker", `--allow-fs-read=${root}`, "--disallow-code-generation-from-strings"];
  [free, confined] = await Promise.all([run(), run(...few)]);
  expect([free.outside, free.code]).toEqual([true, 1]);
  expect(Object.keys(free).filter((name) => name.startsWith("hostile-")).length).toBeGreaterThan(10);
});

test("nothing but the input is opened, also by its workers", () => {
  expect(confined.outside).toBe("ERR_ACCESS_DENIED");
  expect({ ...confined, outside: true, code: 1 }).toEqual(free);
});

test("no code is made of texts", () => {
  expect(confined.code).toMatch(/^EvalError/);
});

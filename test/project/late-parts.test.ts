import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { built } from "../cli/gruvy.ts";

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
const asData = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

/** Writes the address of each module as it is loaded. */
const tellLoaded = asData(`
  import { register } from "node:module";
  register(${JSON.stringify(asData("export const load = (url, context, next) => (process._rawDebug(url), next(url, context));"))});
`);

const training = `
  const { sequential, embedding, gru, dense, adam, closeThreads } = await import("gruvy");
  process._rawDebug("here");
  const model = sequential([
    embedding({ inputDim: 9, outputDim: 4, maskZero: true }),
    gru({ units: 5, dropout: 0.1 }),
    dense({ units: 1, activation: "sigmoid" }),
  ]);
  model.compile({ optimizer: adam({ learningRate: 0.05 }), loss: "binaryCrossentropy", metrics: ["accuracy"] });
  const x = Array.from({ length: 40 }, (_, i) => [i % 9, (i * i) % 9, (3 * i) % 9]);
  const y = x.map(([first]) => (first > 4 ? 1 : 0));
  await model.fit(x, y, { epochs: 6, validationSplit: 0.2 });
  await model.evaluate(x, y);
  await model.predict(x);
  model.summary();
  process._rawDebug("here");
  await model.trace(x);
  closeThreads();
`;

// A loss that hardly falls would have fit look for the reason, with a part of its own.
test("a usual training loads no late part of the library", () => {
  built();
  const run = ["--input-type=module", "--import", tellLoaded, "--eval", training];
  const { stderr, status } = spawnSync(process.execPath, run, { cwd: dist, encoding: "utf8" });
  expect([status, status === 0 ? "" : stderr]).toEqual([0, ""]);
  const [before, during, after] = stderr
    .split("here\n")
    .map((urls) => urls.split("\n").filter((url) => url.includes("/dist/")));
  expect(before.length).toBeGreaterThan(100);
  expect(during.filter((url) => !url.endsWith("/worker.js"))).toEqual([]);
  expect(after.some((url) => /\/dist\/model\/rare\.js$/.test(url))).toBe(true);
});

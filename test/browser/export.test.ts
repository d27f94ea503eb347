import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { closeThreads, dense, embedding, gru, lstm, sequential } from "../../src/index.ts";
import { saveWasm } from "../../src/node.ts";
import { findChromium, openPage } from "./chromium.ts";

const browser = findChromium();
if (browser === undefined) {
  console.warn(
    "Skipped: an exported model in a page needs Chromium (apt-get install chromium, or GRUVY_CHROMIUM=path).",
  );
}

const rows = Array.from({ length: 21 }, (_, row) =>
  Array.from({ length: 9 }, (_, t) => (t < row % 9 ? 0 : (7 * row + 5 * t) % 50)),
);

/** In the page and in a worker of its own: whole rows, and the second row step by step. */
const answer = `
const model = await load(fetch("/model.wasm"));
const bits = (values) => [...new Uint32Array(values.buffer)];
let state, output;
for (const token of rows[1]) ({ state, output } = model.step(state, token));
const answers = { rows: model.predict(rows).map(bits), stream: bits(output) };`;
const script = `import { load } from "/model.js"; const rows = ${JSON.stringify(rows)}; ${answer}`;

test.runIf(browser !== undefined)(
  "an exported model has the bits of predict in a page without shared memory, and in its worker",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "gruvy-export-"));
    try {
      const model = sequential([
        embedding({ inputDim: 50, outputDim: 7, maskZero: true }),
        gru({ units: 6, returnSequences: true }),
        lstm({ units: 5 }),
        dense({ units: 3, activation: "softmax" }),
      ]);
      model.compile({ loss: "categoricalCrossentropy", numerics: "exact" });
      await saveWasm(model, join(folder, "model.wasm"));
      const page = `${script}
      const worker = new Worker("/worker.js", { type: "module" });
      worker.onmessage = ({ data }) => {
        const isolated = globalThis.crossOriginIsolated;
        fetch("/result", { method: "POST", body: JSON.stringify({ isolated, page: answers, worker: data }) });
      };`;
      const files = new Map<string, string | Uint8Array>([
        [
          "/",
          '<!doctype html><meta charset="utf-8"><title>Exported</title><script type="module" src="/page.js"></script>',
        ],
        ["/page.js", page],
        ["/worker.js", `${script} postMessage(answers);`],
        ["/model.js", await readFile(join(folder, "model.js"), "utf8")],
        ["/model.wasm", await readFile(join(folder, "model.wasm"))],
      ]);
      const found = await openPage<Record<string, unknown>>(browser!, files, false);
      const { data } = await model.predict(rows);
      const bits = Array.from(rows, (_, row) => [
        ...new Uint32Array(data.slice(3 * row, 3 * row + 3).buffer as ArrayBuffer),
      ]);
      const expected = { rows: bits, stream: bits[1] };
      expect(found).toEqual({ isolated: false, page: expected, worker: expected });
    } finally {
      closeThreads();
      await rm(folder, { recursive: true });
    }
  },
);

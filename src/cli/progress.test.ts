import { expect, test } from "vitest";
import type { ProgressEvent } from "../tasks/index.ts";
import { progress } from "./progress.ts";
import { columnsOf } from "./terminal.ts";

function screen(isTTY: boolean, columns = 200) {
  let text = "";
  let time = 0;
  return {
    stream: { isTTY, columns, write: (part: string) => (text += part) },
    now: () => time,
    wait: (ms: number) => (time += ms),
    text: () => text,
  };
}

const begin: ProgressEvent = {
  type: "modelBegin",
  model: "gru",

  epochs: 10,
  stopsEarly: true,
  rows: 100,
  reads: "tokens",
};

test("without a terminal there are plain lines, now and then during training", () => {
  const { stream, now, wait, text } = screen(false);
  const { observe } = progress({ stream, now });
  observe({ type: "read", text: "Read a.csv: 144 values." });
  observe({ type: "plan", lines: ["Split in time."] });
  observe(begin);
  for (let epoch = 1; epoch <= 10; epoch++) {
    wait(3000);
    observe({ type: "epoch", model: "gru", epoch, epochs: 10, logs: { loss: 1 / epoch, valLoss: 2 / epoch } });
  }
  observe({ type: "modelEnd", model: "gru", seconds: 30, epochs: 10, bestEpoch: 9, validation: { rmse: 12.3456789 } });
  expect(text()).toBe(
    [
      "Read a.csv: 144 values.",
      "Split in time.",
      "  GRU: epoch 4 of 10, loss 0.25, validation 0.5, at most 18 s left",
      "  GRU: epoch 8 of 10, loss 0.125, validation 0.25, at most 6.0 s left",
      "  GRU: 30 s, 10 epochs (best: 9), validation rmse 12.35",
      "",
    ].join("\n"),
  );
});

test("on a terminal one line is drawn over, with rate and time left", () => {
  const { stream, now, wait, text } = screen(true);
  const { observe } = progress({ stream, now });
  wait(1000);
  observe(begin);
  wait(2000);
  observe({ type: "batch", model: "gru", epoch: 1, done: 0, rows: 100, read: 400 });
  wait(100);
  observe({ type: "batch", model: "gru", epoch: 1, done: 50, rows: 100, read: 3550 });
  expect(text().endsWith(`\r\u001b[K  GRU [#${"-".repeat(19)}] epoch 1 of 10, 1,500 tokens/s, at most 40 s left`)).toBe(
    true,
  );
  observe({ type: "modelEnd", model: "gru", seconds: 2 });
  expect(text().endsWith("\r\u001b[K  GRU: 2.0 s\n")).toBe(true);
});

test("drawing is no oftener than ten times a second, and nothing when silent", () => {
  const { stream, now, wait, text } = screen(true);
  const { observe } = progress({ stream, now });
  wait(1000);
  observe(begin);
  for (let done = 1; done <= 50; done++) observe({ type: "batch", model: "gru", epoch: 1, done, rows: 100 });
  expect(text().split("\r").length).toBe(2);
  const silent = screen(true);
  progress({ stream: silent.stream, silent: true }).observe(begin);
  expect(silent.text()).toBe("");
});

test("names from data cannot steer the terminal", () => {
  const { stream, text } = screen(false);
  progress({ stream }).observe({ type: "read", text: "Read \u001b[2Jx." });
  expect(text()).toBe("Read \\u001b[2Jx.\n");
});

test("the time left of a resumed training counts what it did itself alone", () => {
  const { stream, now, wait, text } = screen(false);
  const { observe } = progress({ stream, now });
  observe(begin);
  wait(10_000);
  observe({ type: "epoch", model: "gru", epoch: 9, epochs: 10, logs: { loss: 1 } });
  expect(text()).toBe("  GRU: epoch 9 of 10, loss 1, at most 10 s left\n");
});

test("a line takes the width there is; in a narrow terminal what matters least goes first, and nothing is cut in two", () => {
  const drawn = (columns: number): string => {
    const { stream, now, wait, text } = screen(true, columns);
    const { observe } = progress({ stream, now });
    observe(begin);
    wait(2000);
    observe({ type: "batch", model: "gru", epoch: 1, done: 0, rows: 100, read: 0 });
    observe({ type: "epoch", model: "gru", epoch: 1, epochs: 10, logs: { loss: 0.123456, valLoss: 0.654321 } });
    wait(2000);
    observe({ type: "batch", model: "gru", epoch: 2, done: 50, rows: 100, read: 152 });
    return text().slice(text().lastIndexOf("\u001b[K") + 3);
  };
  const losses = "loss 0.1235, validation 0.6543";
  const brief = "loss 0.1235, val 0.6543";
  const full = `  GRU [###-----------------] epoch 2 of 10, ${losses}, 38 tokens/s, at most 23 s left`;
  expect(drawn(200)).toBe(full);
  expect(drawn(full.length + 1)).toBe(full);
  expect(drawn(full.length)).toBe(`  GRU [##--------] epoch 2 of 10, ${losses}, 38 tokens/s, at most 23 s left`);
  expect(drawn(80)).toBe(`  GRU [##--------] epoch 2/10, ${brief}, 38 tokens/s, <23 s left`);
  expect(drawn(77)).toBe(`  GRU [#----] epoch 2/10, ${brief}, 38 tokens/s, <23 s left`);
  expect(drawn(45)).toBe("  GRU epoch 2 of 10, at most 23 s left");
  expect(drawn(30)).toBe("  GRU epoch 2 of 10");
  for (let columns = 1; columns < 120; columns++) expect(drawn(columns).length).toBeLessThan(columns);
});

test("a terminal that does not tell its width is believed to have what COLUMNS says", () => {
  const before = process.env.COLUMNS;
  process.env.COLUMNS = "132";
  expect([columnsOf({ columns: 0 }), columnsOf({ columns: 90 })]).toEqual([132, 90]);
  process.env.COLUMNS = "wide";
  expect([columnsOf({}), columnsOf({}, 100)]).toEqual([80, 100]);
  if (before === undefined) delete process.env.COLUMNS;
  else process.env.COLUMNS = before;
});

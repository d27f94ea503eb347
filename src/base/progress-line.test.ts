import { expect, test } from "vitest";
import { progressLine, type Stretch } from "./progress-line.ts";

const far: Stretch = {
  name: "batch 1000 of 1563",
  epochs: 300,
  epoch: 99,
  share: 0.64,
  before: 0,
  seconds: 300,
  loss: "loss 0.0001234",
  speed: "1,234,567 tokens/s",
};
const early: Stretch = {
  ...far,
  name: "batch 12 of 100",
  epochs: 10,
  epoch: 2,
  loss: "loss 0.1234",
  speed: "12,345 tokens/s",
};

test("a terminal of 80 columns shows epoch, batch, loss, speed and the time left, with a bar where there is room", () => {
  expect(progressLine(early, 79)).toBe("  batch 12/100 [###-------] epoch 3/10, loss 0.1234, 12k tokens/s, 13:56 left");
  expect(progressLine(far, 79)).toBe("  batch 1000/1563 epoch 100/300, loss 1.23e-4, 1,234k tokens/s, 10:03 left");
  expect(progressLine({ ...early, speed: "345 tokens/s" }, 79)).toContain(", 345 tokens/s, ");
});

test("small losses of training and validation leave room for the bar", () => {
  const small = { ...early, name: "GRU", loss: "loss 0.00001094, validation 9.638e-7", stopsEarly: true };
  expect(progressLine(small, 79)).toBe(
    "  GRU [#----] epoch 3/10, loss 1.09e-5, val 9.64e-7, 12k tokens/s, <13:56 left",
  );
});

test("a wide one says it in words, and a narrow one leaves things out", () => {
  expect(progressLine(early, 119)).toMatch(
    /batch 12 of 100 \[#{5}-{15}\] epoch 3 of 10, loss .*, 12,345 tokens\/s, 13:56 min left$/,
  );
  expect(progressLine(early, 60)).toBe("  batch 12 of 100 epoch 3 of 10, loss 0.1234, 13:56 min left");
  for (let width = 1; width < 120; width++) expect(progressLine(far, width).length).toBeLessThanOrEqual(width);
});

import { describe, expect, it } from "vitest";
import { progressBar, type TrainingState } from "../../src/model/index.ts";
import { small, x, y } from "./small.ts";

/** What a terminal of that width was sent, and a clock that goes on by a second at every look. */
function screen(columns: number | undefined, isTTY: boolean) {
  const texts: string[] = [];
  let time = 0;
  const stream = { write: (text: string) => texts.push(text), isTTY, columns };
  return { texts, bar: progressBar({ stream, now: () => (time += 1000) }) };
}

const BACK = "\r\u001b[K";

describe("the bar of a training", () => {
  it("is drawn over again on a terminal, with batches, loss, speed and the time left", async () => {
    const { texts, bar } = screen(120, true);
    await small().fit(x, y, { epochs: 2, batchSize: 11, callbacks: [bar, { onBatchEnd() {} }] });
    const drawn = texts.filter((text) => text.startsWith(`${BACK} `));
    expect(drawn).toHaveLength(4);
    expect(drawn[0]).toMatch(/batch 1 of 2 \[#{5}-{15}\] epoch 1 of 2, loss [\d.]+, \d+ tokens\/s, [\d.]+ s left$/);
    expect(drawn[3]).toMatch(/batch 2 of 2 \[#{20}\] epoch 2 of 2/);
    const lines = texts.filter((text) => text.endsWith("\n"));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^epoch 1\/2 {2}loss [\d.e-]+ {2}learningRate 0.05 {2}[\d.]+ s left\n$/);
    // Nothing of the bar stays beside what follows it.
    expect(texts.at(-2)).toBe(BACK);
  });

  it("fits a narrow terminal", async () => {
    const { texts, bar } = screen(30, true);
    await small().fit(x, y, { batchSize: 11, callbacks: [bar] });
    for (const text of texts.filter((text) => text.startsWith(`${BACK} `)))
      expect(text.length).toBeLessThan(30 + BACK.length);
  });

  it("is plain lines elsewhere, and a resumed training does not count what was done", async () => {
    const { texts, bar } = screen(undefined, false);
    const states: TrainingState[] = [];
    const keep = {
      async onStanding(_: unknown, trainer: { getState(): Promise<TrainingState> }) {
        states.push(await trainer.getState());
      },
    };
    await small().fit(x, y, { epochs: 3, callbacks: [bar, keep] });
    expect(texts.map((text) => text.slice(0, 9))).toEqual(["epoch 1/3", "epoch 2/3", "epoch 3/3"]);
    expect(texts.join("")).not.toContain("\u001b");
    const again = screen(200, true);
    await small().fit(x, y, { epochs: 3, callbacks: [again.bar, keep], resumeFrom: states[2] });
    expect(again.texts.filter((text) => text.endsWith("\n")).map((text) => text.slice(0, 9))).not.toContain(
      "epoch 1/3",
    );
  });

  it("verbose asks for it; what is no word for it is refused", async () => {
    const said: unknown[] = [];
    const log = console.log;
    console.log = (text) => void said.push(text);
    try {
      await small().fit(x, y, { verbose: 2 });
      await small().fit(x, y);
    } finally {
      console.log = log;
    }
    expect(said).toEqual([expect.stringMatching(/^epoch 1\/1 {2}loss /)]);
    await expect(small().fit(x, y, { verbose: 3 as 2 })).rejects.toMatchObject({ code: "usage/option" });
    expect(() => progressBar({ stream: {} as never })).toThrow(expect.objectContaining({ code: "usage/option" }));
  });
});

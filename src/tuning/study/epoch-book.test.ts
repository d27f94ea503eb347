import { expect, it, vi } from "vitest";
import { memoryLedger, runStudy, type StudyEvent, type StudyOptions, type TrainTrial, trialsOf } from "./index.ts";
import { stateOf } from "./trial-files.ts";

const losses = [5, 3, 1, 2, 4, 6, 7, 8, 9, 10];
const study: StudyOptions = {
  space: [],
  searcher: {
    name: "one",
    config: {},
    next: (_, trials) => (trials.length > 0 ? "done" : { values: {} }),
    plan: () => undefined,
  },
  objective: { name: "loss", direction: "min" },
  seed: 0,
  epochs: losses.length,
};

/** Reports all its epochs, each with a state that tells it, and waits between them for so many milliseconds. */
const training =
  (pause: number, onReport: () => void = () => {}): TrainTrial =>
  async ({ report, signal }) => {
    for (const [epoch, loss] of losses.entries()) {
      if (signal.aborted) break;
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      await report(epoch, { loss }, async () => () => Uint8Array.of(epoch));
      onReport();
    }
    return {};
  };

async function run(train: TrainTrial, options: Partial<StudyOptions> = {}) {
  const ledger = memoryLedger();
  const told: number[] = [];
  const onEvent = (event: StudyEvent) => {
    if (event.type === "epoch") told.push(event.epoch);
  };
  const ending = await runStudy(ledger, [train], { ...study, ...options, onEvent });
  const [trial] = trialsOf(ledger.records(), "min");
  const records = ledger.records().filter(({ type }) => type === "epoch").length;
  return { ledger, told, ending, trial, records };
}

it("gives quick epochs a record together, tells each, and keeps the states of the last and of the best", async () => {
  vi.useFakeTimers({ toFake: ["performance"] }); // no time passes
  const { ledger, told, ending, trial, records } = await run(training(0)).finally(() => vi.useRealTimers());
  expect(ending).toBe("done");
  expect(records).toBeLessThan(4);
  expect(told).toEqual(losses.map((_, epoch) => epoch));
  expect(trial.history.map(({ logs }) => logs.loss)).toEqual(losses);
  expect(trial).toMatchObject({ bestEpoch: 2, objective: 1 });
  expect(await ledger.files.read(stateOf(trial, 2) ?? "")).toEqual(Uint8Array.of(2));
});

it("turns no states into bytes but those it writes", async () => {
  vi.useFakeTimers({ toFake: ["performance"] }); // no time passes
  let turned = 0;
  const train: TrainTrial = async ({ report }) => {
    for (const [epoch, loss] of losses.entries()) {
      await report(epoch, { loss }, async () => () => {
        turned++;
        return Uint8Array.of(epoch);
      });
    }
    return {};
  };
  await run(train).finally(() => vi.useRealTimers());
  expect(turned).toBeLessThanOrEqual(4); // at most two in each of two records
});

it("keeps an epoch soon, also when the next takes long", async () => {
  const seen: number[] = [];
  const ledger = memoryLedger();
  const train: TrainTrial = async ({ report }) => {
    for (const [epoch, loss] of losses.slice(0, 3).entries()) {
      await report(epoch, { loss }, async () => () => Uint8Array.of(epoch));
      const kept = () => trialsOf(ledger.records(), "min")[0].history.length;
      // The second takes until both are kept; if they were kept only with the third, for ever.
      while (epoch === 1 && kept() < 2) await new Promise((resolve) => setTimeout(resolve, 5));
      seen.push(kept());
    }
    return {};
  };
  await runStudy(ledger, [train], { ...study, epochs: 3 });
  expect(seen[1]).toBe(2);
  const [trial] = trialsOf(ledger.records(), "min");
  expect(trial.history).toHaveLength(3);
});

it("keeps each before the next where the budget counts them", async () => {
  const { records, trial, ending } = await run(training(0), { budget: { epochs: 4 } });
  expect({ records, ending, status: trial.status }).toEqual({ records: 4, ending: "epochs", status: "running" });
  expect(trial.history).toHaveLength(4);
});

it("ends the study when what is done cannot be kept, and soon", async () => {
  const ledger = memoryLedger();
  const broken = {
    ...ledger,
    append: ledger.append,
    files: { ...ledger.files, write: () => Promise.reject(new Error("no room")) },
  };
  let reports = 0;
  const train = training(30, () => reports++);
  await expect(runStudy(broken, [train], study)).rejects.toThrow("no room");
  expect(reports).toBeLessThan(5);
  expect(trialsOf(ledger.records(), "min")[0]).toMatchObject({ status: "running", history: [] });
});

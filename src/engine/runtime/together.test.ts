import { afterAll, describe, expect, it } from "vitest";
import { errorAfterDeath } from "../../../test/engine/deaths.ts";
import { sameBits } from "../../../test/engine/numbers.ts";
import { StackRun } from "../../../test/engine/run-stack.ts";
import { binary, head, recurrent, sampleData } from "../../../test/engine/sample-stacks.ts";
import "../../../test/engine/targets.ts";
import type { Input, Layer, Stack } from "../graph/stack.twin.ts";
import { closeTeam, setThreads } from "./index.ts";
import { currentTeam } from "./threads.ts";

const STEPS = 70; // more than one chunk of a single row
const ROWS = 3;

const inputs: Record<string, Input> = {
  numbers: { kind: "sequence", features: 3 },
  tokens: { kind: "tokens", words: 9, features: 6, maskZero: false },
  "masked tokens": { kind: "tokens", words: 4, features: 6, maskZero: true },
};
const cells = { gruAfter: 79, lstm: 65, simpleRnn: 130 } as const;
const ways = [
  { returnSequences: false, goBackwards: false },
  { returnSequences: false, goBackwards: true },
  { returnSequences: true, goBackwards: false },
  { returnSequences: true, goBackwards: true },
  { activation: "gelu", recurrentActivation: "swish" },
] as const;

const stackOf = (input: Input, layer: Layer): Stack => ({ input, steps: STEPS, layers: [layer, ...head] });

afterAll(() => {
  setThreads(undefined);
  closeTeam();
});

describe.each(Object.keys(cells) as (keyof typeof cells)[])("a row of %s that several threads share", (layer) => {
  it.each(Object.keys(inputs))("of %s has the bits of one thread", async (name) => {
    const models = ways.map((way) => {
      const stack = stackOf(inputs[name], { ...recurrent, ...way, layer, units: cells[layer] });
      return { way, x: sampleData(stack, ROWS).x, run: new StackRun(stack, { loss: binary }) };
    });
    const answers = async (threads: number, batchSize?: number): Promise<Map<object, Float32Array>> => {
      setThreads(threads);
      const found = new Map<object, Float32Array>();
      for (const { way, x, run } of models) found.set(way, await run.predict(x, ROWS, batchSize));
      return found;
    };
    const expected = await answers(1);
    for (const threads of [2, 3]) {
      for (const [way, found] of await answers(threads, 1))
        expect(sameBits(found, expected.get(way)!), `${JSON.stringify(way)}, ${threads} threads`).toBe("");
    }
    for (const { run } of models) run.dispose();
  });
});

it("a thread that dies while rows are shared ends the prediction, and the next one works", async () => {
  setThreads(2);
  const stack = stackOf(inputs.numbers, { ...recurrent, layer: "gruAfter", units: 128 });
  const { x } = sampleData(stack, ROWS);
  const many = Array.from({ length: 400 }, () => x).flat();
  const run = new StackRun(stack, { loss: binary });
  const expected = await run.predict(x, ROWS, 1);
  for (const delay of [0, 5, 20]) {
    const ports = () => currentTeam().ports;
    const predicting = () => run.predict(many, ROWS * 400, 1);
    const kill = () => ports()[1].terminate();
    expect(await errorAfterDeath(predicting, kill, delay)).toMatchObject({ code: "engine/thread" });
    expect(sameBits(await run.predict(x, ROWS, 1), expected)).toBe("");
  }
  run.dispose();
});

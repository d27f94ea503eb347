import { afterAll, expect, it, vi } from "vitest";
import "../../../test/engine/targets.ts";
import * as kernels from "../kernels/index.ts";
import { closeTeam, setThreads } from "../runtime/index.ts";
import { currentTeam } from "../runtime/threads.ts";
import { features } from "../wasm/index.ts";
import { measureSpeed, selfTest } from "./index.ts";

/** What `kernels/index.ts` exports beside kernels. */
const helpers =
  /^(activationNamed|activationNames|activationNeeds|lossNeeds|metricNeeds|ruleNeeds|rareKernels|elementary|eachRow|flush|tailMask|vectors|isCurved|LAYER_NORM_SAVED|gateBytes|gateStride|PANEL|STEP_SCALARS|padded|panelIndex|panelSize|stride|slots|metricCells|takesClasses|takesClassNumbers|outputBlocks|metricBlock|lookupBlock|momentBytes|pairWidth|transposeSize)$/;

afterAll(() => {
  setThreads(undefined);
  closeTeam();
});

it("every kernel is tested for all arithmetic of this engine, and right", async () => {
  const tested = await selfTest();
  expect(tested.filter(({ problem }) => problem !== "")).toEqual([]);
  const all = Object.keys(kernels).filter((name) => !helpers.test(name));
  for (const arithmetic of ["multiply and add", ...(features().fma ? ["fused"] : [])]) {
    const names = tested.filter((one) => one.arithmetic === arithmetic).map(({ kernel }) => kernel);
    expect(names.sort()).toEqual(all.sort());
  }
});

it("speeds are measured on one thread and on more", async () => {
  setThreads(2);
  for (const threads of [1, 2]) {
    const run = vi.spyOn(currentTeam(), "run");
    const { multiplyAdd, products } = await measureSpeed(threads, 20);
    const programs = run.mock.calls.map(([[{ program }]]) => program);
    // In turn, so that what else runs lowers them alike.
    expect(programs.slice(3, 6)).toEqual(programs.slice(0, 3));
    expect(new Set(programs).size).toBe(3);
    run.mockRestore();
    expect(multiplyAdd).toBeGreaterThan(0.1);
    expect(multiplyAdd).toBeLessThan(10_000);
    for (const { gflops } of products) expect(gflops).toBeGreaterThan(0.1);
  }
});

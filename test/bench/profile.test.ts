import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { built } from "../cli/gruvy.ts";

beforeAll(built);

test("a profile names the kernels, and says what they come to", () => {
  const script = fileURLToPath(new URL("../../bench/profile.js", import.meta.url));
  const args = [script, "w4-gru", "--seconds", "0.1", "--threads", "1"];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(stdout, stderr).toMatch(/^w4-gru: [\d.]+ ms a step on 1 threads/);
  expect(stdout).toMatch(/ms products, \d+ GFLOP\/s\n +[\d.]+ +(product|outer) \d/);
  expect(stdout).toMatch(/ms gates\n +[\d.]+ +gruStep/);
});

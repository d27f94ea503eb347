import { expect, it } from "vitest";
import { compiled } from "./compiled.ts";

/** An empty module with a section of its own that holds a number. */
const codeOf = (number: number) => Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0, 3, 1, 0x67, number);

it("compiles a code once while it is among the latest, and another one anew", async () => {
  const first = await compiled(codeOf(0));
  expect(first).toBeInstanceOf(WebAssembly.Module);
  expect(await compiled(codeOf(0))).toBe(first);
  expect(await compiled(codeOf(1))).not.toBe(first);
  for (let number = 2; number < 16; number++) await compiled(codeOf(number));
  expect(await compiled(codeOf(0))).toBe(first); // asked for again, it is the latest
  for (let number = 20; number < 36; number++) await compiled(codeOf(number));
  expect(await compiled(codeOf(0))).not.toBe(first);
});

it("keeps the process until it is done", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  const module = compiled(codeOf(99));
  expect(timers()).toBe(before + 1);
  await module;
  expect(timers()).toBe(before);
});

it("says each time why a code cannot be compiled", async () => {
  const broken = codeOf(0).slice(0, 9);
  await expect(compiled(broken)).rejects.toThrow(WebAssembly.CompileError);
  await expect(compiled(broken)).rejects.toThrow(WebAssembly.CompileError);
});

import { afterEach, expect, it, vi } from "vitest";
import { optimised } from "./experimental.ts";

afterEach(() => vi.restoreAllMocks());

/** The flags that were set before the work, and after it. */
function flagsOf(v8: string): { before: string[]; after: string[] } {
  const said: string[] = [];
  const { getBuiltinModule } = process;
  vi.spyOn(process, "versions", "get").mockReturnValue({ ...process.versions, v8 });
  vi.spyOn(process, "getBuiltinModule").mockImplementation(((name: string) =>
    name === "node:v8" ? { setFlagsFromString: (flag: string) => said.push(flag) } : getBuiltinModule(name)) as never);
  const before: string[] = optimised(() => said.splice(0));
  return { before, after: said };
}

it("without the quick compiler nothing is inlined where V8 would look for what that compiler counts", () => {
  expect(flagsOf("11.3.244.8-node.38")).toEqual({
    before: ["--no-liftoff"],
    after: ["--liftoff", "--wasm-dynamic-tiering"],
  });
  for (const v8 of ["13.6.233.17-node.53", "14.6.1-node.1"]) {
    expect(flagsOf(v8)).toEqual({
      before: ["--no-liftoff", "--no-wasm-inlining"],
      after: ["--liftoff", "--wasm-inlining"],
    });
  }
});

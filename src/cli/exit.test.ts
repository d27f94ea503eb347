import { expect, test } from "vitest";
import { GruvyError } from "../base/index.ts";
import { codeFor, Interrupted, messageFor, SaveFailed } from "./exit.ts";

test("each kind of error has its exit code", () => {
  for (const code of ["usage/option", "data/empty", "file/missing", "model/weights"] as const) {
    expect(codeFor(new GruvyError(code, "No"))).toBe(2);
  }
  for (const code of ["training/not-finite", "network/cut", "engine/trap"] as const) {
    expect(codeFor(new GruvyError(code, "No"))).toBe(1);
  }
  expect(codeFor(new SaveFailed("disk full"))).toBe(1);
  expect(codeFor(new TypeError("x is not a function"))).toBe(1);
  expect(codeFor(new Interrupted("Interrupted."))).toBe(130);
  expect(codeFor(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }))).toBe(0);
  expect(codeFor(Object.assign(new Error("x"), { code: "commander.unknownOption", exitCode: 1 }))).toBe(2);
  expect(codeFor(Object.assign(new Error("x"), { code: "commander.helpDisplayed", exitCode: 0 }))).toBe(0);
});

test("a message says what and what next, in whole sentences", () => {
  expect(messageFor(new GruvyError("data/empty", "The file is empty", "Give another"))).toBe(
    "The file is empty. Give another.",
  );
  expect(messageFor(new TypeError("boom"))).toMatch(/^Something went wrong that should not: boom\. .*report it\.$/);
  expect(messageFor("thrown text")).toContain("thrown text");
  const option = Object.assign(new Error("error: unknown option '--unit'\n(Did you mean --units?)"), {
    code: "commander.unknownOption",
    exitCode: 1,
  });
  const sentence = "Unknown option '--unit' (Did you mean --units?)";
  expect(messageFor(option)).toBe(`${sentence} See npx gruvy --help.`);
  expect(messageFor(option, "tune")).toBe(`${sentence} See npx gruvy tune --help.`);
});

import { expect, test } from "vitest";
import { GruvyError } from "../base/index.ts";
import { codeFor, Interrupted, inert, messageFor, SaveFailed } from "./exit.ts";

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

test("a message is one line without a stack trace, unless asked for", () => {
  const error = new GruvyError("data/empty", "The file is empty", "Give another");
  expect(messageFor(error, false)).toBe("The file is empty. Give another.");
  expect(messageFor(error, true)).toContain("exit.test.ts");
  expect(messageFor(new TypeError("boom"), false)).toMatch(/^Something went wrong that should not: boom\. .*report it\.$/);
  expect(messageFor("thrown text", false)).toContain("thrown text");
});

test("what comes from data cannot steer the terminal", () => {
  expect(inert("a\u001b[31mb\u202ec\r\td\n")).toBe("a\\u001b[31mb\\u202ec\\u000d\\u0009d\n");
  expect(messageFor(new GruvyError("data/x", "Bad \u001b]0;title\u0007 name"), false)).not.toMatch(/[\u001b\u0007]/);
});

import { expect, test } from "vitest";
import { fileError } from "./file-error.ts";

test("a folder is to be made for writing, not for reading", () => {
  const absent = Object.assign(new Error("absent"), { code: "ENOENT" });
  const message = (action: string) => (fileError(absent, action, "a/b.gruvy") as Error).message;
  expect(message("read")).toBe("Cannot read a/b.gruvy: there is no such file or folder. Check the path.");
  expect(message("write")).toMatch(/Check the path; a folder must be made first\.$/);
});

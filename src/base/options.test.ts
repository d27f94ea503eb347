import { expect, test } from "vitest";
import { refuseUnknown } from "./options.ts";

const refused = (given: object) => () => refuseUnknown(given, ["maxLength", "value"], "padSequences");

test("unknown options are named, and translated where another spelling is meant", () => {
  expect(refused({ maxLength: 3, value: undefined })).not.toThrow();
  expect(refused({ max_length: 3 })).toThrow('padSequences has no option "max_length". It is called maxLength here.');
  expect(refused({ maxlength: 3 })).toThrow("It is called maxLength here.");
  expect(refused({ maxlen: 3 })).toThrow('padSequences has no option "maxlen". Its options are maxLength, value.');
});

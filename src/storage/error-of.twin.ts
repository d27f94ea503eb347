import { expect } from "vitest";
import { GruvyError } from "../base/index.ts";

/** The error that a promise ends with, which must be one of ours. */
export async function errorOf(promise: Promise<unknown>): Promise<GruvyError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof GruvyError) return error;
    throw error;
  }
  return expect.unreachable("it did not fail");
}

import { GruvyError } from "../base/index.ts";

/** The GruvyError that some work must end with; anything else fails the test. */
export async function refused(work: () => unknown): Promise<GruvyError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof GruvyError) return error;
    throw new Error("expected a GruvyError", { cause: error });
  }
  throw new Error("expected an error, but the input was accepted");
}

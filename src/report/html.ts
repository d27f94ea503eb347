import type { ComparisonResult } from "../tasks/results.ts";

/**
 * A comparison as one self-contained page: no script, no font, nothing loaded from anywhere; light, dark and on paper.
 * Values of the data are escaped wherever they stand. The chart library is loaded on the first call.
 */
export async function reportHtml(result: ComparisonResult): Promise<string> {
  const { page } = await import("./page.ts");
  return page(result);
}

import type { ComparisonResult } from "../tasks/results.ts";
import type { StudyResult } from "../tuning/results.ts";

/**
 * A comparison as one self-contained page: no script, no font, nothing loaded from anywhere; light, dark and on paper.
 * Values of the data are escaped wherever they stand. The chart library is loaded on the first call.
 */
export async function reportHtml(result: ComparisonResult): Promise<string> {
  const { page } = await import("./page.ts");
  return page(result);
}

/**
 * A study of the tuner as such a page: what won and whether that was luck, how the search went, what decides, and every
 * learning curve; also while it runs. `name` is what stands above it.
 */
export async function studyHtml(result: StudyResult, name: string): Promise<string> {
  const { studyPage } = await import("./study/page.ts");
  return studyPage(result, name);
}

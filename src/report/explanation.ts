import type { Explanation } from "../tasks/explanation.ts";

export { explanationText } from "./explanation-text.ts";

/**
 * An explanation as one self-contained page: no script, nothing loaded. Values of the data are escaped wherever they
 * stand. The chart library is loaded on the first call.
 */
export async function explanationHtml(explanation: Explanation): Promise<string> {
  const { explanationPage } = await import("./explanation-page.ts");
  return explanationPage(explanation);
}

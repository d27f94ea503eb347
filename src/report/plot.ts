// The one file that knows the chart library and the document it draws into; the build bundles both into it, so that
// they are no dependency of the package. Loaded only when something is drawn.

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom/worker";
import { type ChartLabel, type SvgElement, serialize } from "./serialize.ts";

export { Plot };

const { document } = parseHTML("<!doctype html><html><body></body></html>");

/** Draws a chart as an SVG string: text 13 pixels high, in the colors of the page around it. */
export function draw(label: ChartLabel, options: Plot.PlotOptions): string {
  const svg = Plot.plot({
    document,
    style: { fontSize: "13px" },
    ...options,
  });
  svg.setAttribute("font-size", "13");
  svg.removeAttribute("font-family");
  return serialize(svg as unknown as SvgElement, label);
}

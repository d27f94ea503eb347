// Charts leave as text through this one door, which lets pass only what a still picture needs: no style, script, link,
// handler or reference to anything outside. Numbers are rounded, which halves the size and hides differences of engines.

import { GruvyError } from "../base/index.ts";
import { escapeMarkup } from "./markup.ts";

const ELEMENTS = new Set(["svg", "g", "path", "line", "rect", "circle", "text", "tspan", "title"]);

const ATTRIBUTES = new Set([
  ...["viewBox", "width", "height", "x", "y", "x1", "x2", "y1", "y2", "dx", "dy", "cx", "cy", "r", "rx", "ry", "d"],
  ...["transform", "fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray", "opacity"],
  ...["stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "paint-order", "text-anchor", "font-size"],
  ...["font-weight", "font-style", "font-variant"],
]);

const INERT_VALUE = /^[-\w\s.,()#%]*$/;

/** As much of a DOM element as is read. */
export interface SvgElement {
  readonly localName: string;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  readonly childNodes: Iterable<unknown>;
}

/** The label of a chart for those who do not see it. `id` is unique in the page. */
export interface ChartLabel {
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/**
 * An SVG element as text, with its title and description.
 *
 * @throws {GruvyError} `usage/chart` when the chart holds something a still picture has no use for.
 */
export function serialize(svg: SvgElement, { id, title, description }: ChartLabel): string {
  const label =
    `<title id="${escapeMarkup(id)}-title">${escapeMarkup(title)}</title>` +
    `<desc id="${escapeMarkup(id)}-desc">${escapeMarkup(description)}</desc>`;
  const role = `role="img" aria-labelledby="${escapeMarkup(id)}-title" aria-describedby="${escapeMarkup(id)}-desc"`;
  return element(svg, ` xmlns="http://www.w3.org/2000/svg" ${role}`, label);
}

function element(node: SvgElement, more = "", first = ""): string {
  const name = node.localName;
  if (name === "style") return "";
  if (!ELEMENTS.has(name)) throw new GruvyError("usage/chart", `A chart may not hold a <${name}> element`);
  let text = `<${name}${more}`;
  for (const { name: key, value } of node.attributes) {
    if (!ATTRIBUTES.has(key)) continue;
    if (!INERT_VALUE.test(value) || value.includes("url("))
      throw new GruvyError("usage/chart", `A chart may not hold ${key}="${value}"`);
    text += ` ${key}="${rounded(value)}"`;
  }
  const inside = first + [...node.childNodes].map(child).join("");
  return inside === "" ? `${text}/>` : `${text}>${inside}</${name}>`;
}

function child(node: unknown): string {
  if (isElement(node)) return element(node);
  const { nodeType, nodeValue } = node as { nodeType: number; nodeValue: string | null };
  return nodeType === 3 ? escapeMarkup(nodeValue ?? "") : "";
}

function isElement(node: unknown): node is SvgElement {
  return (node as { nodeType: number }).nodeType === 1;
}

function rounded(value: string): string {
  return value.replace(/-?\d+(?:\.\d+)?(?:e-\d+)|-?\d+\.\d{2,}/g, (n) => {
    const short = Math.round(Number(n) * 100) / 100;
    return String(Object.is(short, -0) ? 0 : short);
  });
}

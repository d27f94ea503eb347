import type { Place } from "./charts/index.ts";
import { type Content, Markup, markup } from "./markup.ts";

const WIDE = 760;
const NARROW = 360;

/** A chart drawn twice, for screens and for phones; the style shows one of them. */
export function figure(id: string, chart: (place: Place) => string, caption?: Content): Markup {
  return markup`<figure>${twice(id, chart, WIDE)}${
    caption !== undefined && markup`<figcaption>${caption}</figcaption>`
  }</figure>\n`;
}

/** The two drawings of a chart that is `wide` pixels wide on a screen. */
export function twice(id: string, chart: (place: Place) => string, wide: number): Content {
  const drawn = (size: "wide" | "narrow", width: number) => svg(chart({ id: `${id}-${size}`, width }), size);
  return [drawn("wide", wide), drawn("narrow", NARROW)];
}

/** A chart as it left the serializer, with a class for the style. */
export function svg(text: string, name: string): Markup {
  return new Markup(text.replace("<svg", () => `<svg class="${name}"`));
}

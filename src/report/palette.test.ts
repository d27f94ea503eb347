import { describe, expect, it } from "vitest";
import { dark, light, type Palette } from "./palette.ts";

/** The contrast of two colors by the Web Content Accessibility Guidelines 2, from 1 to 21. */
function contrast(a: string, b: string): number {
  const luminance = (color: string) => {
    const [red, green, blue] = [1, 3, 5].map((i) => {
      const c = Number.parseInt(color.slice(i, i + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

describe.each([
  ["light", light],
  ["dark", dark],
] as [string, Palette][])("the %s palette", (_, palette) => {
  it.each(["ink", "soft", "gru", "lstm", "rnn", "baseline", "good", "warning", "error"] as const)(
    "%s reads as text on the paper",
    (name) => expect(contrast(palette[name], palette.paper)).toBeGreaterThanOrEqual(4.5),
  );

  it("reads on panels, shades and the fullest cell of a confusion matrix", () => {
    expect(contrast(palette.ink, palette.panel)).toBeGreaterThanOrEqual(7);
    expect(contrast(palette.soft, palette.shade)).toBeGreaterThanOrEqual(4.5);
    for (const name of ["gruFill", "lstmFill", "rnnFill", "baselineFill"] as const) {
      expect(contrast(palette.ink, palette[name]), name).toBeGreaterThanOrEqual(4.5);
    }
  });
});

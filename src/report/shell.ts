import { shorten } from "./inert.ts";
import { type Content, Markup, markup } from "./markup.ts";
import { STYLE } from "./style.ts";

// Nothing may be loaded, run, framed or sent, even should a value find its way around the escaping.
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

// An icon of its own keeps browsers from asking the server for one.
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M2 11c3 0 3-7 6-7s3 7 6 7' fill='none' stroke='%2308707f' stroke-width='2.5' stroke-linecap='round'/%3E%3C/svg%3E";

/** A whole page around its sections. `style`: what only this page needs. */
export function shell(name: string, about: string, sections: readonly Content[], style = ""): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${shorten(name, 80)}: ${about}</title>
<link rel="icon" href="${new Markup(ICON)}">
<style>
${new Markup(STYLE + style)}
</style>
</head>
<body>
<main>
${sections}</main>
</body>
</html>
`.text;
}

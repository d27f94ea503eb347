import { cssVariables, dark, light } from "./palette.ts";

/** The style of the report: one column, large text, both schemes, paper. */
export const STYLE = `
:root { color-scheme: light dark; ${cssVariables(light)} }
@media screen and (prefers-color-scheme: dark) { :root { ${cssVariables(dark)} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 400 1.0625rem/1.6 Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word;
}
svg { font-family: inherit; font-variant-numeric: tabular-nums; }
main { max-width: 50rem; margin: 0 auto; padding: 3.5rem 1.25rem 4rem; }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; margin: 0; }
p, ul, ol, dl, figure, table, pre { margin: 0; }
h1 { font-size: 1rem; font-weight: 600; color: var(--soft); letter-spacing: .01em; }
.verdict { font-size: clamp(1.5rem, 1.1rem + 1.9vw, 2.125rem); line-height: 1.28; font-weight: 620; letter-spacing: -.015em; text-wrap: pretty; margin: .75rem 0 0; }
.verdict.long { font-size: clamp(1.3125rem, 1.15rem + .85vw, 1.625rem); line-height: 1.35; letter-spacing: -.01em; }
.facts { display: grid; grid-template-columns: repeat(3, 1fr); gap: 0; margin: 2.25rem 0 0; border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); }
.facts > div { display: grid; grid-row: span 2; grid-template-rows: subgrid; align-items: end; padding: 1rem 1.25rem 1.05rem; border-left: 1px solid var(--line); }
.facts > div:first-child { padding-left: 0; border-left: 0; }
.facts dt { font-size: .9375rem; color: var(--soft); }
.facts dd { align-self: start; margin: .15rem 0 0; font-size: 1.75rem; line-height: 1.25; font-weight: 600; letter-spacing: -.015em; }
.facts small { display: block; font-size: .875rem; line-height: 1.4; font-weight: 400; letter-spacing: 0; color: var(--soft); margin-top: .2rem; }
section { margin-top: 4rem; }
h2 { font-size: 1.375rem; font-weight: 620; letter-spacing: -.01em; }
h3 { font-size: 1.0625rem; font-weight: 620; margin-top: 2.25rem; }
h2 + p, h3 + p { margin-top: .5rem; }
.lede { color: var(--soft); max-width: 42rem; text-wrap: pretty; }
.scroll { overflow-x: auto; margin-top: 1.25rem; }
table { border-collapse: collapse; width: 100%; font-size: 1rem; line-height: 1.4; }
caption { text-align: left; color: var(--soft); font-size: .9375rem; padding-bottom: .5rem; }
th, td { padding: .6rem 0 .6rem 1.25rem; text-align: right; vertical-align: top; border-top: 1px solid var(--line); font-weight: 400; }
th:first-child, td:first-child { padding-left: 0; text-align: left; }
thead th { border-top: 0; vertical-align: bottom; color: var(--soft); font-size: .875rem; line-height: 1.3; padding-top: 0; }
tbody th { font-weight: 600; white-space: nowrap; }
td { white-space: nowrap; }
td.words, th.words { text-align: left; white-space: normal; }
th small, td small { display: block; font-size: .875rem; font-weight: 400; color: var(--soft); }
th small.phone { display: none; }
tr.baseline th { font-weight: 400; }
tr.baseline, tr.baseline th { color: var(--soft); }
tr.best, tr.best th, tr.best td { color: var(--ink); }
tr.best td.main { font-weight: 680; }
.key { display: inline-block; width: .625rem; height: .625rem; border-radius: 50%; margin-right: .55rem; background: currentColor; }
.gru { color: var(--gru); } .lstm { color: var(--lstm); } .rnn { color: var(--rnn); } .base { color: var(--baseline); }
.tag { display: inline-block; font-size: .75rem; line-height: 1.35rem; font-weight: 600; letter-spacing: .02em; padding: 0 .5rem; margin-left: .5rem; border-radius: 1rem; vertical-align: .08em; background: var(--panel); color: var(--ink); box-shadow: inset 0 0 0 1px var(--line); }
.points { padding: 0; margin-top: 1.25rem; list-style: none; }
.points > li { margin-top: 1.1rem; padding-left: 1.25rem; border-left: 3px solid var(--line); max-width: 42rem; text-wrap: pretty; }
.points > li:first-child { margin-top: 0; }
.points b { font-weight: 620; }
.points .advice { color: var(--soft); }
.points > .error { border-color: var(--error); } .points > .warning { border-color: var(--warning); } .points > .note { border-color: var(--gru); }
.error .severity { color: var(--error); } .warning .severity { color: var(--warning); } .note .severity { color: var(--gru); }
code { font: .9375em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; white-space: nowrap; }
pre code { font: inherit; white-space: inherit; }
.severity { font-size: .875rem; font-weight: 620; display: block; }
figure { margin-top: 1.5rem; }
figure svg { display: block; max-width: 100%; height: auto; overflow: visible; }
figure svg.narrow { display: none; }
figcaption { color: var(--soft); font-size: .9375rem; line-height: 1.5; margin-top: .6rem; max-width: 42rem; text-wrap: pretty; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: 1.75rem 1.5rem; margin-top: 1.5rem; }
.panels figure { margin: 0; max-width: 24rem; }
.panels.two { grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); }
.panels h3 { margin: 0 0 .35rem; font-size: 1rem; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; padding: 0; margin-top: .75rem; list-style: none; color: var(--soft); font-size: .9375rem; }
.legend i { display: inline-block; width: 1.75rem; vertical-align: .25em; margin-right: .5rem; border-top: 2.5px solid currentColor; }
.legend i.thin { border-top-width: 1.5px; }
.legend i.part { width: .7rem; margin-right: 0; } .legend i.part:last-of-type { margin-right: .5rem; }
.swatch { display: inline-block; width: .75rem; height: .75rem; border-radius: .2rem; margin-right: .5rem; vertical-align: -.06em; }
.texts { padding: 0; margin-top: 1.25rem; list-style: none; }
.texts li { border-top: 1px solid var(--line); padding: 1rem 0; }
.texts .said { color: var(--soft); font-size: .9375rem; }
.texts .said b { color: var(--ink); font-weight: 620; }
.texts p { margin: .3rem 0 0; text-wrap: pretty; }
details { margin-top: 1rem; }
summary { cursor: pointer; color: var(--soft); font-size: .9375rem; padding: .35rem 0; }
summary:hover { color: var(--ink); }
summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--gru); outline-offset: 3px; border-radius: 3px; }
.parts { display: flex; height: .75rem; border-radius: .375rem; overflow: hidden; margin-top: 1.25rem; gap: 2px; }
.parts > span { min-width: 3px; }
.train { background: var(--soft); } .valid { background: var(--soft); opacity: .55; } .test { background: var(--gru); }
.key, .parts > span, .swatch, .legend i, pre { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.record { display: grid; grid-template-columns: max-content 1fr; gap: .5rem 2rem; margin-top: 1.25rem; }
.settings { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 0 2rem; margin-top: .75rem; }
.settings > div { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; padding: .35rem 0; border-top: 1px solid var(--line); }
.settings dt, .record dt { color: var(--soft); } .settings dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
 .record dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
pre { margin-top: .75rem; padding: 1rem 1.15rem; background: var(--panel); border-radius: .5rem; white-space: pre-wrap; overflow-wrap: anywhere; font: .9375rem/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
footer { margin-top: 4.5rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .875rem; }
@media screen and (max-width: 47rem) {
  body { font-size: 1rem; }
  main { padding: 2rem 1rem 3rem; }
  section { margin-top: 3rem; }
  figure svg.wide { display: none; }
  figure svg.narrow { display: block; width: 100%; max-width: 30rem; }
  .panels { grid-template-columns: 1fr; }
  .panels figure { max-width: 28rem; }
  th, td { padding-left: .8rem; }
  table { font-size: .9375rem; }
  .extra, th small.extra { display: none; } .scores tr { display: grid; grid-template-columns: 1fr 1fr 1.5fr; border-top: 1px solid var(--line); padding: .55rem 0; }
  .scores thead tr { border-top: 0; } .scores thead th:first-child { display: none; }
  .scores th, .scores td { border: 0; padding: 0; }
  .scores tbody th { grid-column: 1 / -1; display: flex; align-items: baseline; margin-bottom: .2rem; }
  .scores th small.phone { display: block; margin-left: auto; }
  .scores td:nth-of-type(3), .scores thead th:nth-of-type(4) { text-align: left; }
  .record { grid-template-columns: 1fr; gap: 0; }
  .record dd { margin-bottom: .75rem; }
}
@media screen and (max-width: 34rem) {
  .facts { grid-template-columns: 1fr; }
  .facts > div { border-left: 0; padding: .8rem 0; border-top: 1px solid var(--line); }
  .facts > div:first-child { border-top: 0; }
}
@media print {
  :root { --paper: #fff; }
  @page { margin: 18mm 16mm; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  section { margin-top: 2.25rem; }
  figure, tr, .texts li, .points > li, .record > * , .facts { break-inside: avoid; }
  h2, h3, .lede, thead { break-after: avoid; }
  p, li { break-inside: avoid; }
  .panels { grid-template-columns: repeat(3, 1fr); } .panels.two { grid-template-columns: 1fr 1fr; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  .scroll { overflow: visible; }
}
`.trim();

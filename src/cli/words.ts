import { inert } from "../report/index.ts";
import type { Finding } from "../tasks/index.ts";

/** Findings as lines: how grave, what, where, and what to do. */
export function findingLines(findings: readonly Finding[]): string {
  return findings
    .map(({ severity, what, where, advice }) => {
      const place = where === undefined ? "" : ` (${where})`;
      return inert(`${severity}: ${sentence(what + place)} ${sentence(advice)}`.trimEnd());
    })
    .map((line) => `${line}\n`)
    .join("");
}

const sentence = (text: string): string => (text === "" || /[.?!]$/.test(text) ? text : `${text}.`);

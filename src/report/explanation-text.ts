import type { Explanation } from "../tasks/explanation.ts";
import {
  answerText,
  gateTitle,
  halfLifeText,
  heaviest,
  measureText,
  memoryText,
  whyText,
} from "./explanation-words.ts";
import { shorten } from "./inert.ts";
import { ascii, columnFormat, fixed, percent, signed } from "./numbers.ts";

const SHOWN = 5;

/** An explanation as some lines for a terminal; values of the data can hold no escape sequence. Ends with a newline. */
export function explanationText(explanation: Explanation): string {
  const measure = measureText(explanation);
  const rows = explanation.rows.map((row) => {
    const why = whyText(row, explanation);
    const list = heaviest(row, SHOWN);
    const format = columnFormat(list.map(({ occlusion }) => occlusion));
    const width = Math.max(0, ...list.map(({ text }) => shorten(text, 24).length));
    const lines = list.map(
      ({ text, occlusion, gradient }) =>
        `    ${shorten(text, 24).padEnd(width)}  ${signed(occlusion, format).padStart(9)}  ${signed(gradient, format).padStart(9)}`,
    );
    const head = `    ${"".padEnd(width)}  ${"left out".padStart(9)}  ${"gradient".padStart(9)}   in ${measure}`;
    return [
      `  ${shorten(row.name, 40)}${why === "" ? "" : `, ${why}`}: ${answerText(row, explanation)}.`,
      head,
      ...lines,
      "",
    ].join("\n");
  });
  const gates = explanation.gates.map((one) => {
    const list = one.gates.map(
      ({ name, mean, closed, open }) =>
        `${gateTitle(name)} ${fixed(mean, 2)} (closed ${percent(closed)}, open ${percent(open)})`,
    );
    return `${shorten(one.layer, 40)}: ${list.join("; ")}.\n${halfLifeText(one)}`;
  });
  return ascii(`\n${rows.join("\n")}\n${memoryText(explanation)}\n\n${gates.join("\n")}\n`);
}

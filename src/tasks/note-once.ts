import type { ProgressObserver } from "./progress.ts";

/** What a note is about: "The update gate of layer gru", "units of layer dense"; numbers may differ from look to look. */
const subjectOf = (text: string): string => text.split(/ (?:is|are|has) /)[0].replace(/^\d+ of \d+ /, "");

/** Passes on all that is told, of gates and units of a layer the first note alone: a training looks, and who keeps it. */
export function notedOnce(observe: ProgressObserver = () => {}): ProgressObserver {
  const told = new Set<string>();
  return (event) => {
    if (event.type === "note" && / (gate|units) of layer /.test(event.text)) {
      const subject = subjectOf(event.text);
      if (told.has(subject)) return;
      told.add(subject);
    }
    observe(event);
  };
}

import { expect, test } from "vitest";
import { notedOnce } from "./note-once.ts";

test("what is said of a gate or of units is said once, other notes as often as they come", () => {
  const texts: string[] = [];
  const observe = notedOnce((event) => {
    if (event.type === "note") texts.push(event.text);
  });
  const notes = [
    "The update gate of layer gru is shut in 97 % of its values: it no longer learns.",
    "The loss has not moved in 4 epochs: 1 at first, 1 at last.",
    "The update gate of layer gru is saturated in 96 % of its values: it no longer learns.",
    "The reset gate of layer gru is shut in 97 % of its values: it no longer learns.",
    "3 of 8 units of layer gru are dead: their state is zero throughout.",
    "4 of 8 units of layer gru are dead: their state is zero throughout.",
    "The loss has not moved in 4 epochs: 1 at first, 1 at last.",
  ];
  for (const text of notes) observe({ type: "note", text });
  expect(texts).toEqual(notes.filter((_, i) => i !== 2 && i !== 5));
});

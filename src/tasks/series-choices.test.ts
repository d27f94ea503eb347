import { expect, it } from "vitest";
import { parseCsv, seriesFromTable } from "../data/index.ts";
import { type Choices, chosenTarget } from "./series-choices.ts";

it("says that the columns beside the target are not used", async () => {
  const table = await parseCsv("temperature,humidity,pressure\n1,2,3\n2,3,4\n3,4,6", { source: "sensor.csv" });
  const choices: Choices = [];
  chosenTarget(seriesFromTable(table, { target: "temperature" }), choices);
  expect(choices).toEqual([
    {
      what: "target",
      value: "temperature",
      why: "as asked, of 3 numeric columns; the other columns are not used",
    },
  ]);
});

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { airlinePassengers } from "./airline.ts";

describe("airlinePassengers", () => {
  it("is the published series", () => {
    const { values, dates } = airlinePassengers();
    expect(values).toHaveLength(144);
    expect(dates).toHaveLength(144);
    expect([values[0], values[60], values[143]]).toEqual([112, 204, 432]);
    expect([dates[0], dates[60], dates[143]]).toEqual(["1949-01", "1954-01", "1960-12"]);
    expect(values.reduce((sum, x) => sum + x, 0)).toBe(40_363);
  });

  it("is a copy for each caller", () => {
    airlinePassengers().values.fill(0);
    expect(airlinePassengers().values[0]).toBe(112);
  });

  const file = join(process.env.GRUVY_DATA ?? "", "airline-passengers.csv");
  const isThere = process.env.GRUVY_DATA !== undefined && existsSync(file);
  if (!isThere) console.warn("SKIPPED: GRUVY_DATA names no folder with airline-passengers.csv to compare with");
  it.skipIf(!isThere)("equals the file in GRUVY_DATA, row by row", () => {
    const rows = readFileSync(file, "utf8").trim().split(/\r?\n/).slice(1);
    const { values, dates } = airlinePassengers();
    expect(rows).toEqual(dates.map((date, i) => `"${date}",${values[i]}`));
  });
});

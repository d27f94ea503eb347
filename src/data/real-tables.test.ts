// Tables as others published them, read from the folder in GRUVY_DATA.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { processorClock } from "../../test/processor-clock.ts";
import { held } from "../../test/resident.ts";
import { checkData } from "./check.ts";
import { openData } from "./open-data.ts";
import { openTable } from "./open-table.ts";
import { refused } from "./refused.twin.ts";

const folder = process.env.GRUVY_DATA ?? "";

/** A test on files that may be absent: then it is skipped, and says so. */
function onFiles(names: readonly string[], title: string, test: () => Promise<void>): void {
  const absent = names.filter((name) => folder === "" || !existsSync(join(folder, name)));
  if (absent.length === 0) {
    it(title, test);
    return;
  }
  const reason = folder === "" ? "GRUVY_DATA is not set" : `${absent.join(", ")} not in GRUVY_DATA`;
  console.warn(`skipped: ${title} (${reason})`);
  it.skip(`${title} (${reason})`, test);
}

describe("published tables", () => {
  for (const [name, target, rows, season, sum] of [
    ["airline-passengers.csv", "Passengers", 144, 12, 40_363],
    ["daily-min-temperatures.csv", "Temp", 3650, 7, 40_798.8],
    ["monthly-sunspots.csv", "Sunspots", 2820, 12, 144_570],
    ["nab/nyc_taxi.csv", "value", 10_320, 48, 156_219_716],
  ] as const) {
    onFiles([name], `${name} is a series with a season of ${season}`, async () => {
      const data = await openData(join(folder, name));
      expect(data).toMatchObject({ kind: "series", target, season });
      if (data.kind !== "series") return;
      expect(data.values).toHaveLength(rows);
      expect(data.values.reduce((total, value) => total + value, 0)).toBeCloseTo(sum, 0);
      expect(checkData(data).filter(({ severity }) => severity === "error")).toEqual([]);
    });
  }

  onFiles(["daily-min-temperatures.csv"], "the leap days that are missing are found", async () => {
    const [gaps] = checkData(await openData(join(folder, "daily-min-temperatures.csv")));
    expect(gaps).toMatchObject({ code: "data/gaps", where: expect.stringMatching(/^Row 1462 of /) });
    expect(gaps.what).toContain("2 gaps: 2 rows are missing");
  });

  onFiles(["ETTh1.csv"], "several columns of numbers are named", async () => {
    const path = join(folder, "ETTh1.csv");
    const error = await refused(() => openData(path));
    expect(error.code).toBe("data/which-column");
    for (const name of ["HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT"])
      expect(error.message).toContain(`"${name}"`);
    expect(await openData(path, { target: "OT" })).toMatchObject({ season: 24, values: { length: 17_420 } });
  });

  onFiles(["imdb-train.csv.gz"], "the reviews are read whole, in bounded time and memory", async () => {
    const before = held();
    const spent = processorClock();
    const table = await openTable(join(folder, "imdb-train.csv.gz"));
    const seconds = spent() / 1000;
    expect(table.rows).toBe(24_980);
    expect(table.names).toEqual(["review", "label"]);
    const positive = table
      .column("label")
      .numbers()
      .filter((label) => label === 1).length;
    expect(positive).toBe(12_490);
    expect(table.column("review").values.some((text) => text.includes("<br />"))).toBe(true);
    expect(seconds).toBeLessThan(10); // it takes about one
    expect(held() - before).toBeLessThan(8 * 33_304_471);
  });
});

import { beforeAll, expect, test } from "vitest";
import { random } from "../../src/base/index.ts";
import { built } from "../cli/gruvy.ts";

beforeAll(built, 120_000);

test("searches, by one worker and by two, killed 20 times with their workers, end with the table of those that were not", {
  timeout: 300_000,
}, async () => {
  const { killStudies } = (await import("../../scripts/soak-kills/studies.js")) as {
    killStudies(options: object): Promise<{ kills: number; workerKills: number; problems: string[] }>;
  };
  const chance = random(1, 1);
  let drawn = 0;
  const found = await killStudies({ kills: 14, workerKills: 6, random: () => chance.uniform(drawn++) });
  expect(found).toMatchObject({ different: 0, problems: [] });
  expect(found.kills).toBe(14);
  expect(found.workerKills).toBeGreaterThanOrEqual(6);
});

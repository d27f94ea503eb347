import { beforeAll, expect, test } from "vitest";
import { random } from "../../src/base/index.ts";
import { built } from "../cli/gruvy.ts";

beforeAll(built);

test("20 trainings killed at random moments, resumed, end with the same bits", async () => {
  const { killAndResume } = (await import("../../scripts/soak-kills/kills.js")) as {
    killAndResume(options: object): Promise<{ kills: number; problems: string[]; leftBehind: number }>;
  };
  const chance = random(5, 1);
  let drawn = 0;
  const found = await killAndResume({ kills: 20, random: () => chance.uniform(drawn++) });
  expect(found).toMatchObject({ kills: 20, different: 0, leftBehind: 0, problems: [] });
});

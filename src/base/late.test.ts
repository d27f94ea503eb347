import { expect, it } from "vitest";
import { Late, loadAll } from "./late.ts";

it("a late module is fetched once, by the first who needs it", async () => {
  let fetched = 0;
  const late = new Late(async () => ({ number: ++fetched }));
  expect(() => late.loaded).toThrow(/before it was loaded/);
  await loadAll([late]);
  await late.load();
  expect(late.loaded.number).toBe(1);
});

it("what could not be fetched is fetched again by the next", async () => {
  let tries = 0;
  const late = new Late(async () => {
    if (++tries === 1) throw new TypeError("Failed to fetch dynamically imported module: /assets/rare-loss.js");
    return "here";
  });
  await expect(late.load()).rejects.toMatchObject({
    name: "GruvyError",
    code: "network/part",
    message: expect.stringMatching(
      /could not be loaded: .*rare-loss\.js\. All files of a build .* load the page again/,
    ),
    cause: expect.any(TypeError),
  });
  expect(await late.load()).toBe("here");
});
